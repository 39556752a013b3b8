// The registry of model drivers: one line for each.
import type { Driver } from '../contract/model.ts'
import { openai } from './openai.ts'
import { openaiCompletions } from './openai-completions.ts'
import { llmsim } from './sim.ts'

export const drivers: readonly Driver[] = [openai, openaiCompletions, llmsim]

/** The driver that serves a `provider_type`, or undefined. */
export const driverFor = (providerType: string): Driver | undefined => drivers.find(({ id }) => id === providerType)
