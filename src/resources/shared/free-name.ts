// A free name near the wanted one.
import { suffixed } from './slug.ts'

const tries = 100

/** `report-copy`, then `report-copy-2` …: the first that `isTaken` denies. */
export async function copyName(name: string, isTaken: (name: string) => Promise<boolean>): Promise<string> {
  for (let n = 1; n <= tries; n++) {
    const candidate = suffixed(name, n === 1 ? 'copy' : `copy-${n}`)
    if (!(await isTaken(candidate))) return candidate
  }
  return suffixed(name, `copy-${randomEnd()}`)
}

/** The name itself, else with a random end. */
export const freeName = async (name: string, isTaken: (name: string) => Promise<boolean>): Promise<string> =>
  (await isTaken(name)) ? suffixed(name, randomEnd()) : name

const randomEnd = (): string => crypto.randomUUID().slice(0, 8)

/** `Report` → `Report (copy)`. */
export const copyTitle = (title: string | null): string | null => title && `${title} (copy)`
