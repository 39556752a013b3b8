// Which of the offered tools a user's sentence asks for. Stages run one after another, the calls of one stage in parallel.
import type { ModelTool } from '../../contract/model.ts'
import { fileIn, sumIn, withoutFiles } from './phrases.ts'
import { sampleArguments } from './sample-arguments.ts'
import type { ScriptedCall } from './script.ts'
import { sharesAWord } from './shared-words.ts'

interface Intent {
  /** Later stages see what earlier ones did: reading comes after writing. */
  stage: 0 | 1
  asks(said: string): boolean
  /** Names of tools that can do it; the first that is offered. A sum names its own. */
  tools: readonly string[]
  /** Its arguments are no files: those that the sentence names belong to other tools. */
  ofFolders?: boolean
}

const mentionsFile = (said: string): boolean => /\bfiles?\b|\bnotes?\b/i.test(said) || fileIn(said) !== undefined
const isSum = (operation: string) => (said: string) => sumIn(said)?.operation === operation

const intents: readonly Intent[] = [
  {
    stage: 0,
    asks: (said) => /\b(what|current|tell me the)\b.*\b(time|date)\b|what day|today['’]s date|\btime is it\b/i.test(said),
    tools: ['get_current_time', 'current_time', 'get_time'],
  },
  { stage: 0, asks: (said) => /\bforecast\b/i.test(said), tools: ['get_forecast', 'get_weather'] },
  { stage: 0, asks: (said) => /\bweather\b|\btemperature\b/i.test(said) && !/\bforecast\b/i.test(said), tools: ['get_weather'] },
  { stage: 0, asks: isSum('add'), tools: ['add'] },
  { stage: 0, asks: isSum('subtract'), tools: ['subtract'] },
  { stage: 0, asks: isSum('multiply'), tools: ['multiply'] },
  { stage: 0, asks: isSum('divide'), tools: ['divide'] },
  {
    stage: 0,
    asks: (said) => /\b(write|save|create|put|store)\b/i.test(said) && mentionsFile(said),
    tools: ['write_file', 'create_file'],
  },
  { stage: 0, asks: (said) => /\b(delete|remove)\b/i.test(said) && mentionsFile(said), tools: ['delete_file'] },
  {
    stage: 1,
    asks: (said) =>
      (/\b(read|open|cat)\b/i.test(said) && mentionsFile(said)) ||
      (/\bwhat(['’]s| is| does)\b/i.test(said) && fileIn(said) !== undefined),
    tools: ['read_file'],
  },
  {
    stage: 1,
    asks: (said) => /\b(list|show|which|what)\b.*\b(files|folder|directory)\b/i.test(said),
    tools: ['list_directory', 'list_files'],
    ofFolders: true,
  },
]

/** The stages of calls that answer the sentence, from the tools there are; none when it asks for none. */
export function plannedCalls(said: string, tools: readonly ModelTool[]): ScriptedCall[][] {
  const asked = intents.flatMap((intent) => {
    const tool = intent.asks(said) ? firstOffered(intent.tools, tools) : undefined
    return tool ? [{ stage: intent.stage, call: callOf(tool, intent.ofFolders ? withoutFiles(said) : said) }] : []
  })
  const stages = [0, 1]
    .map((stage) => asked.filter((one) => one.stage === stage).map(({ call }) => call))
    .filter((calls) => calls.length > 0)
  if (stages.length > 0) return stages
  const related = sharesAWord(withoutFiles(said), tools)
  return related ? [[callOf(related, said)]] : []
}

function firstOffered(names: readonly string[], tools: readonly ModelTool[]): ModelTool | undefined {
  const name = names.find((wanted) => tools.some((tool) => tool.name === wanted))
  return tools.find((tool) => tool.name === name)
}

function callOf(tool: ModelTool, said: string): ScriptedCall {
  const sum = sumIn(said)
  const isOperation = sum !== undefined && sum.operation === tool.name
  // A swapped subtraction reads its numbers in the other order.
  return { name: tool.name, arguments: sampleArguments(tool.parameters, isOperation ? `${sum.a} ${sum.b}` : said) }
}
