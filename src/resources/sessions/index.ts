// Everything that can be done with sessions; their messages, files and events are nouns of their own.
import { sessionConfig } from './config.ts'
import { createSession } from './create.ts'
import { deleteSession } from './delete.ts'
import { sessionFacts } from './facts.ts'
import { getSession } from './get.ts'
import { listSessions } from './list.ts'
import { pinSession, unpinSession } from './pin.ts'
import { getSessionStats } from './stats.ts'
import { updateSession } from './update.ts'

export const sessions = [
  listSessions,
  createSession,
  getSessionStats,
  sessionConfig,
  getSession,
  updateSession,
  deleteSession,
  pinSession,
  unpinSession,
  sessionFacts,
]
