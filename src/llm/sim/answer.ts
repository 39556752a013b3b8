// How the simulator answers without a script: predictable, short, and with the agent's tools where the sentence asks for one.
import { plannedCalls } from './intents.ts'
import { tellOutcomes } from './outcomes.ts'
import { type Sum, sumIn } from './phrases.ts'
import type { Turn } from './script.ts'
import type { Transcript } from './transcript.ts'

const exactly = /\breply with exactly:?\s*([\s\S]+)$/i
const codeWord = /\bcode ?word(?:\s+is|:)\s*["'“]?([\p{L}\p{N}_-]+)/iu
const isQuestion = /\?|^\s*(what|which|tell|say|repeat|recall|do you)\b/i
const greeting = /^\s*(hi|hello|hey|good (morning|day|evening)|greetings)\b[\s!,.]*(there|everruns|simulator)?[\s!,.]*$/i
const helpAsked = /\bwhat can you do\b|\bwho are you\b|\bwhat are you\b|^\s*help\b/i

/** First what was asked to the letter, then tools, then small talk. */
export function answer(transcript: Transcript): Turn {
  const { said, answersSince, outcomes, request } = transcript
  const wanted = exactly.exec(said)?.[1]
  if (wanted !== undefined) return { text: unquoted(wanted.trim()) }
  const recalled = recall(transcript)
  if (recalled) return { text: recalled }
  const stage = isSmallTalk(said) ? [] : (plannedCalls(said, request.tools)[answersSince] ?? [])
  if (stage.length > 0) return { tool_calls: stage }
  if (outcomes.length > 0) return { text: tellOutcomes(outcomes) }
  return { text: talk(transcript) }
}

const unquoted = (text: string): string => /^"([^"]*)"$/.exec(text)?.[1] ?? text

const isSmallTalk = (said: string): boolean => greeting.test(said) || helpAsked.test(said)

/** "code word: cobalt" is remembered as long as it is in the transcript. */
function recall({ said, saidBefore }: Transcript): string | null {
  if (!/\bcode ?word\b/i.test(said)) return null
  const told = isQuestion.test(said) ? undefined : codeWord.exec(said)?.[1]
  if (told) return `I will remember it. The code word is ${told}.`
  const known = saidBefore.map((text) => codeWord.exec(text)?.[1]).find(Boolean)
  return known ? `The code word is ${known}.` : null
}

function talk({ said, images, answers, request }: Transcript): string {
  const sum = sumIn(said)
  if (images > 0)
    return `I see ${images === 1 ? 'an image' : `${images} images`} in your message, but a simulator cannot look inside.`
  if (sum) return `${sum.a} ${signs[sum.operation]} ${sum.b} = ${calculate(sum)}`
  if (helpAsked.test(said)) return help(request.tools.map(({ name }) => name))
  if (greeting.test(said) || said === '') return hello
  const heard = `You said: “${said.length > 200 ? `${said.slice(0, 200).toWellFormed()}…` : said}”`
  return answers === 0 ? `${heard}\n\n${introduction}` : `${heard}\n\nI am a simulator, so that is all I can say about it.`
}

const introduction =
  'I am the built-in simulator: I stand in for a language model so that everything works without a key. ' +
  'Add a provider with a key to talk to a real model.'
const hello = `Hello! ${introduction} Until then, ask me for the time, the weather or a sum, or have me write and list files: I call the agent's tools for that.`

const help = (tools: string[]): string =>
  tools.length === 0
    ? `${introduction} This agent has no tools yet.`
    : `${introduction} This agent has these tools, and I call them when a message asks for it: ${tools.join(', ')}.`

const signs: Record<Sum['operation'], string> = { add: '+', subtract: '−', multiply: '×', divide: '÷' }

function calculate({ operation, a, b }: Sum): string {
  if (operation === 'divide' && b === 0) return 'nothing: one cannot divide by zero'
  const result = { add: a + b, subtract: a - b, multiply: a * b, divide: a / b }[operation]
  // Without the noise of binary fractions: 0.1 + 0.2 is 0.3.
  return String(Number(result.toPrecision(12)))
}
