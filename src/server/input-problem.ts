// What a caller is told when the input does not fit: one sentence that names the field.
import type { z } from 'zod'
import { Problem } from '../contract/problem.ts'

type Issue = z.core.$ZodIssue

/** `bad_request` with code `validation_failed`: the first issue as a sentence. Values are never echoed. */
export function inputProblem(error: z.ZodError): Problem {
  const issue = deepest(error.issues[0])
  return new Problem('bad_request', issue ? sentence(issue) : 'The input is not valid', { code: 'validation_failed' })
}

/** A union reports its branches: the branch that came furthest is the one that was meant. */
function deepest(issue: Issue | undefined): Issue | undefined {
  if (issue?.code !== 'invalid_union' || issue.errors.length === 0) return issue
  const firsts = issue.errors.flatMap((branch) => branch.slice(0, 1))
  const meant = firsts.reduce<Issue | undefined>(
    (best, next) => (next.path.length > (best?.path.length ?? 0) ? next : best),
    undefined,
  )
  return meant ? deepest({ ...meant, path: [...issue.path, ...meant.path] }) : issue
}

function sentence(issue: Issue): string {
  const field = issue.path.map(String).join('.')
  if (!field) return issue.message
  return isMissing(issue) ? `${field} is required` : `${field}: ${issue.message}`
}

const isMissing = (issue: Issue): boolean =>
  issue.code === 'invalid_union'
    ? issue.errors.length > 0 && issue.errors.every(([first]) => first && isMissing(first))
    : issue.code === 'invalid_type' && issue.message.endsWith('received undefined')
