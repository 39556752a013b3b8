// What the checks read off events and messages, as far as they look.

export interface WireEvent {
  id: string
  type: string
  ts: string
  sequence: number
  context: { turn_id?: string; exec_id?: string }
  data: EventFacts
}

/** Fields of the types the checks know; each is only there where its type has it. */
export interface EventFacts {
  turn_id?: string
  input_message_id?: string
  message_id?: string
  message?: WireMessage
  delta?: string
  through?: number
  tool_call_id?: string
  tool_name?: string
  tool_calls?: { id: string; name: string }[]
  reason?: string
  tool_call?: { id: string; name: string }
  status?: string
  error?: string
  exec_id?: string
  first_sequence?: number
  last_sequence?: number
  messages?: WireMessage[]
}

export interface WireMessage {
  id: string
  role: string
  content: { type: string; text?: string; id?: string; name?: string; tool_call_id?: string }[]
  sequence?: number
  created_at?: string
}

export const textOf = ({ content }: WireMessage): string => content.map((part) => part.text ?? '').join('')

export const callsOf = ({ content }: WireMessage): { id: string; name: string }[] =>
  content.flatMap(({ type, id, name }) => (type === 'tool_call' && id && name ? [{ id, name }] : []))

/** `session_<32 hex>` → the id inside. */
export const uuidOf = (wireId: string): string => {
  const hex = wireId.slice(wireId.indexOf('_') + 1)
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
