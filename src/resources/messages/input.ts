// What a caller posts as a message. The official TypeScript SDK sends some keys in camelCase; both spellings are taken.
import { z } from 'zod'
import { inputContentPart } from '../../contract/content.ts'
import { fromWire, idPrefixes } from '../../contract/ids.ts'
import { controls, externalActor, messageRoles } from '../../contract/message.ts'
import { mib, tooBig } from '../shared/limits.ts'
import { tags } from '../shared/tags.ts'
import type { NewMessage } from '../turns/accept.ts'

const maxContentBytes = mib

const content = z
  .array(inputContentPart)
  .min(1)
  .superRefine((parts, context) => {
    if (Buffer.byteLength(JSON.stringify(parts)) > maxContentBytes) tooBig(context, 'string', maxContentBytes, parts)
    const empty = parts.findIndex((part) => part.type === 'image' && !part.url && !part.base64)
    if (empty >= 0) context.addIssue({ code: 'custom', message: 'an image needs url or base64', path: [empty], input: parts })
  })

const inputMessage = z
  .object({
    content,
    role: z
      .enum(messageRoles)
      .nullish()
      .refine((role) => role == null || role === 'user', 'only messages of the user can be posted'),
  })
  .meta({ id: 'InputMessage' })

/** Takes the SDK's spelling of a key where ours is not given. */
const spelled = <T extends z.ZodType>(names: Record<string, string>, schema: T) =>
  z.preprocess((value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    const renamed = Object.entries(value).map(([key, item]) => [names[key] ?? key, item])
    return { ...Object.fromEntries(renamed), ...value }
  }, schema)

/** A model that is well formed and unknown fails the turn; one that is no id would be passed over for the default. */
const anyControls = spelled({ modelId: 'model_id', errorDisclosure: 'error_disclosure' }, controls).superRefine(
  ({ model_id }, context) => {
    if (!model_id || fromWire('model', model_id)) return
    const message = `must be ${idPrefixes.model}_ and 32 lowercase hex digits`
    context.addIssue({ code: 'custom', path: ['model_id'], message, input: model_id })
  },
)
const anyActor = spelled({ actorId: 'actor_id', actorName: 'actor_name' }, externalActor)
const metadata = z.record(z.string(), z.any()).superRefine((map, context) => {
  if (Buffer.byteLength(JSON.stringify(map)) > maxContentBytes) tooBig(context, 'string', maxContentBytes, map)
})

/** The body's fields; spread beside `session_id`. */
export const newMessage = {
  message: inputMessage,
  controls: anyControls.nullish(),
  metadata: metadata.nullish(),
  tags: tags.nullish(),
  external_actor: anyActor.nullish(),
  externalActor: anyActor.nullish(),
  addressed_participant_id: z.string().nullish(),
  addressedParticipantId: z.string().nullish(),
  client_message_id: z.string().max(255).nullish(),
}
type Given = z.output<z.ZodObject<typeof newMessage>>

/** The message as the turn takes it. The `Idempotency-Key` header wins over `client_message_id`. */
export function newMessageOf(given: Given, idempotencyKey: string | undefined): NewMessage {
  const actor = given.external_actor ?? given.externalActor
  const key = idempotencyKey ?? given.client_message_id ?? undefined
  return {
    content: given.message.content,
    ...(given.controls ? { controls: given.controls } : {}),
    ...(given.metadata ? { metadata: given.metadata } : {}),
    ...(actor ? { external_actor: actor } : {}),
    ...(given.tags ? { tags: given.tags } : {}),
    ...(key === undefined ? {} : { key }),
  }
}
