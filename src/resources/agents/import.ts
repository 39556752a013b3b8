// POST /v1/agents/import: an agent from a file, or from an example.
import { z } from 'zod'
import { answer } from '../../contract/operation.ts'
import { Problem } from '../../contract/problem.ts'
import { type Ctx, operation } from '../context.ts'
import { holdOrganization } from '../organizations/store.ts'
import { freeName } from '../shared/free-name.ts'
import { mib, textUpTo } from '../shared/limits.ts'
import { agentExample } from './example-catalogue.ts'
import { readAgentFile } from './file/read.ts'
import { agent, toAgent } from './shape.ts'
import { type AgentRow, findAgentById, findAgentByName } from './store.ts'
import { createWhole, replaceWhole } from './write.ts'

export const importAgent = operation({
  name: 'import_agent',
  route: 'POST /v1/agents/import',
  tag: 'agents',
  summary: 'Create an agent from a file (a file with the id of an agent replaces it), or from an example.',
  needs: 'agents.manage',
  class: 'write',
  input: z.object({ text: textUpTo(3 * mib).default(''), 'from-example': z.string().nullish() }),
  query: ['from-example'],
  body: 'text',
  output: agent,
  status: 201,
  example: { input: { text: '---\nname: dad-jokes\ncapabilities:\n  - current_time\n---\n\nYou tell dad jokes.\n' } },

  async run(ctx, { text, 'from-example': example }) {
    await holdOrganization(ctx.tx, ctx.orgId)
    const { row, replaced } = example ? await fromExample(ctx, example) : await fromFile(ctx, text)
    return answer(toAgent(ctx.urls, row), { status: replaced ? 200 : 201 })
  },
})

interface Imported {
  row: AgentRow
  replaced: boolean
}

async function fromFile(ctx: Ctx, text: string): Promise<Imported> {
  if (text.trim() === '') throw new Problem('bad_request', 'The file is empty')
  const given = readAgentFile(text, ctx.now())
  const existing = given.id ? await findAgentById(ctx.tx, ctx.orgId, given.id) : undefined
  const mark = { kind: 'import' as const }
  const row = existing
    ? await replaceWhole(ctx, existing, given, mark)
    : await createWhole(ctx, given, given.id ?? undefined, mark)
  return { row, replaced: existing !== undefined }
}

async function fromExample(ctx: Ctx, wanted: string): Promise<Imported> {
  const { tx, orgId } = ctx
  const example = agentExample(ctx.capabilities, wanted)
  if (!example) throw new Problem('not_found', `There is no example agent ${wanted}`)
  const name = await freeName(example.name, async (candidate) => !!(await findAgentByName(tx, orgId, candidate)))
  const capabilities = example.capabilities.map((ref) => ({ ref }))
  return { row: await createWhole(ctx, { ...example, name, capabilities }, undefined, { kind: 'import' }), replaced: false }
}
