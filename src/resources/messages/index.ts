// What is said in a session.
import { createMessage } from './create.ts'
import { listMessages } from './list.ts'

export const messages = [createMessage, listMessages]
