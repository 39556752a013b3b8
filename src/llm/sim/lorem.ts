// Filler text of a wanted length.
const words =
  'lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore et dolore magna aliqua'.split(
    ' ',
  )

/** Text of exactly so many tokens of four characters. */
export function lorem(tokens: number): string {
  const wanted = tokens * 4
  let text = ''
  for (let n = 0; text.length < wanted; n += 1) text += `${n === 0 ? '' : ' '}${words[n % words.length]}`
  // A cut that ends in a space would be a character short to whoever trims it.
  return `${text.slice(0, wanted - 1)}.`
}
