// Advice on an agent’s configuration. Nothing here stops anybody.
import { z } from 'zod'
import type { RuntimeIssue } from '../../turn/runtime-agent.ts'

export const finding = z
  .object({
    rule_id: z.string(),
    severity: z.enum(['warning', 'info', 'suggestion']).meta({ id: 'FindingSeverity' }),
    category: z.enum(['structure', 'completeness', 'effectiveness', 'safety', 'cost']).meta({ id: 'FindingCategory' }),
    message: z.string(),
    source: z.enum(['builtin', 'llm', 'health_check']).meta({ id: 'FindingSource' }),
    fix: z.string().optional(),
  })
  .meta({ id: 'Finding' })
type Finding = z.infer<typeof finding>

export const findingsOf = (systemPrompt: string, issues: readonly RuntimeIssue[]): Finding[] => [
  ...issues.map(({ rule, message }): Finding => ({ ...advice, rule_id: rule, message })),
  ...promptFindings(systemPrompt),
]

const advice = { severity: 'warning', category: 'structure', source: 'builtin' } as const

/** Shorter ones repeat for good reasons: headings, separators. */
const longParagraph = 40

function promptFindings(prompt: string): Finding[] {
  if (prompt.trim() === '') {
    return [{ ...advice, category: 'completeness', rule_id: 'prompt.empty', message: 'The system prompt says nothing.' }]
  }
  const paragraphs = prompt
    .split(/\n\s*\n/)
    .map((text) => text.trim())
    .filter((text) => text.length >= longParagraph)
  if (new Set(paragraphs).size === paragraphs.length) return []
  return [
    {
      ...advice,
      rule_id: 'prompt.duplicate_paragraphs',
      message: 'A paragraph of the system prompt stands there more than once.',
      fix: 'Keep one of them.',
    },
  ]
}
