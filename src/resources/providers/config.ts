// GET /v1/providers/config: what the caller may do, and the form each driver is set up with.
import { z } from 'zod'
import { type Ctx, operation } from '../context.ts'
import { policiesOf } from '../shared/policies.ts'

const formField = z
  .object({
    name: z.string(),
    label: z.string(),
    field_type: z.enum(['password', 'text', 'url']).meta({ id: 'FieldType' }),
    required: z.boolean(),
    default_value: z.string().optional(),
  })
  .meta({ id: 'FormField' })

const driverInfo = z
  .object({
    driver: z.string(),
    label: z.string(),
    credential_schema: z
      .object({ fields: z.array(formField), instructions_markdown: z.string() })
      .meta({ id: 'CredentialFormSchema' }),
    supports_oauth: z.boolean(),
  })
  .meta({ id: 'DriverCredentialInfo' })

export const providerConfig = operation({
  name: 'provider_config',
  route: 'GET /v1/providers/config',
  tag: 'providers',
  summary: 'What you may do with providers, and what each driver needs.',
  needs: 'providers.view',
  class: 'read',
  input: z.object({}),
  output: z
    .object({ policies: z.record(z.string(), z.boolean()), drivers: z.array(driverInfo) })
    .meta({ id: 'ProvidersConfigResponse' }),

  async run({ caller, drivers }) {
    return { policies: policiesOf(caller, 'providers'), drivers: drivers.map(toDriverInfo) }
  },
})

const toDriverInfo = ({ id, label, needsKey, credentialFields }: Ctx['drivers'][number]): z.input<typeof driverInfo> => ({
  driver: id,
  label,
  credential_schema: {
    fields: credentialFields.map(({ name, label: fieldLabel, fieldType, required, defaultValue }) => ({
      name,
      label: fieldLabel,
      field_type: fieldType,
      required,
      default_value: defaultValue,
    })),
    instructions_markdown: needsKey ? `Create a key with ${label} and paste it here.` : `${label} needs no key.`,
  },
  supports_oauth: false,
})
