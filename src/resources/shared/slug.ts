// The names of agents and harnesses: usable in a URL, unique in the organisation.
import { z } from 'zod'

const slugPattern = /^[a-z0-9]+(-[a-z0-9]+)*$/
const maxLength = 64

export const isSlug = (text: string): boolean => text.length <= maxLength && slugPattern.test(text)

export const slug = z.string().refine(isSlug, {
  message: `must be lowercase letters and digits in groups joined by single hyphens, at most ${maxLength} characters`,
})

/** Any text as a slug; `fallback` where nothing of it is usable. */
export function slugOf(text: string, fallback: string): string {
  const words = text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
  return words.slice(0, maxLength).replace(/^-+|-+$/g, '') || fallback
}

/** `name` with `suffix` at its end, shortened in front so that it stays a slug: `report` + `copy-2` → `report-copy-2`. */
export const suffixed = (name: string, suffix: string): string =>
  `${name.slice(0, maxLength - suffix.length - 1).replace(/-+$/, '')}-${suffix}`
