// Whether a sentence and a tool are about the same thing: the tool whose name or description shares a telling word with it.
import type { ModelTool } from '../../contract/model.ts'

/** Words too common in prose or in tool names to mean anything. */
const empty = new Set(
  (
    'about after again all also and any are argument arguments back been but can could current data default does each file files first ' +
    'for from get given has have hello help her here his how into invented its item items just know like list long look made make many ' +
    'may message more most much must name need new not now number numbers object one only option optional other our out over own please ' +
    'provide provided return returned returns run same say session set should show some such sure tell text than thank thanks that the ' +
    'their them then there these they thing this time today tool tools two type under use used user uses using value values very want ' +
    'was well were what when where which who why will with word words work would write written you your'
  ).split(' '),
)

/** These only say something beside what they act upon. */
const verbs = new Set('add create delete edit fetch find list open put read remove search send store update write'.split(' '))

function wordsOf(text: string): Set<string> {
  const words = text
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .match(/\p{L}{3,}/gu)
  return new Set((words ?? []).map((word) => (word.length > 4 ? word.replace(/s$/, '') : word)))
}

const telling = (word: string): boolean => !empty.has(word) && !verbs.has(word)

/** A shared word of the name counts before one of the description; among equals the first tool wins. */
export function sharesAWord(said: string, tools: readonly ModelTool[]): ModelTool | undefined {
  const heard = new Set([...wordsOf(said)].filter(telling))
  const shares = (text: string) => [...wordsOf(text)].some((word) => heard.has(word))
  return tools.find(({ name }) => shares(name)) ?? tools.find(({ description }) => shares(description))
}
