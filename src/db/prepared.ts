// Names for the texts of statements that come back, so that a connection parses and plans each once: for short statements that is most
// of what they cost the server.

/** Query builders make few texts and many values; past this many texts the rest stays unnamed, and the server's memory bounded. */
const textsMax = 400

const names = new Map<string, string>()

/** The same text has the same name on every connection of this process; undefined once there are too many texts. */
export function nameOf(text: string): string | undefined {
  const known = names.get(text)
  if (known) return known
  if (names.size >= textsMax) return undefined
  const name = `s${names.size}`
  names.set(text, name)
  return name
}
