// Answers as a person reads them: columns, and one line per field.

/** Lines of columns as wide as their widest cell, without trailing spaces. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths = rows.reduce<number[]>((all, row) => row.map((cell, at) => Math.max(all[at] ?? 0, cell.length)), [])
  return rows
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** `name: value`, in the order the answer has them; what is not plain is shown as JSON. Links are for programs. */
export function fields(value: Record<string, unknown>): string {
  const shown = Object.entries(value).filter(([name]) => !forPrograms.has(name))
  return columns(shown.map(([name, one]) => [`${name}:`, typeof one === 'string' ? one : JSON.stringify(one)]))
}

const forPrograms = new Set(['self_url', 'view_url', 'ui_link', 'allowed_actions'])

/** The first line, at most `length` characters of it. */
export function excerpt(text: string, length: number): string {
  const line = text.replace(/\s+/g, ' ').trim()
  return line.length > length ? `${line.slice(0, length - 1)}…` : line
}
