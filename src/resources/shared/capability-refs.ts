// The list of capabilities that a harness, an agent or a session names, and the check that it can be run.
import { z } from 'zod'
import type { CapabilityRegistry } from '../../contract/capability.ts'
import type { Json } from '../../contract/json.ts'
import { Problem } from '../../contract/problem.ts'
import { parseConfig } from '../../turn/runtime-agent.ts'
import type { CapabilityRef } from '../../turn/session-config.ts'
import type { Ctx } from '../context.ts'
import { tooBig } from './limits.ts'

const maxCapabilities = 250

export const capabilityRef = z
  .object({ ref: z.string().min(1), config: z.any().optional() })
  .meta({ id: 'AgentCapabilityConfig' })

const fromText = z
  .string()
  .min(1)
  .transform((ref): CapabilityRef => ({ ref }))
// JSON came in, so the config is JSON; the schema cannot say so without losing `any` in the documents.
const fromObject = capabilityRef.transform(
  ({ ref, config }): CapabilityRef => (config == null ? { ref } : { ref, config: config as Json }),
)

/** `"web_fetch"` or `{ref, config?}`, in order; answered as objects. */
export const capabilityRefs = z.array(z.union([fromObject, fromText])).superRefine((refs, context) => {
  if (refs.length > maxCapabilities) tooBig(context, 'array', maxCapabilities, refs)
})

/**
 * Problem `bad_request` for a capability that is not registered or a config its schema refuses, `forbidden` for one of high risk
 * without the right to hand it out.
 */
export function checkCapabilities(
  { capabilities, caller }: Pick<Ctx, 'capabilities' | 'caller'>,
  refs: readonly CapabilityRef[],
): void {
  for (const { ref, config } of refs) {
    const capability = capabilities.find(ref)
    if (!capability) throw new Problem('bad_request', `There is no capability ${ref}`, { code: 'unknown_capability' })
    const parsed = parseConfig(capability, config)
    if ('problem' in parsed) throw new Problem('bad_request', parsed.problem, { code: 'invalid_capability_config' })
    if (capability.risk === 'high' && !caller.may('capabilities.dangerous'))
      throw new Problem('forbidden', `${capability.id} is a capability of high risk, which only an administrator may assign`)
  }
}

/** Files need the capability that holds them: adds it where a list of initial files comes without. */
export function withFileSystem(refs: CapabilityRef[], files: readonly unknown[], registry: CapabilityRegistry): CapabilityRef[] {
  const fileSystem = registry.find('session_file_system')
  const missing = fileSystem && files.length > 0 && !refs.some(({ ref }) => registry.find(ref) === fileSystem)
  return missing ? [...refs, { ref: fileSystem.id }] : refs
}
