// The moments at which a process may be killed: what each one is, for the points to say which of them they are.

export const killMatrix = {
  K01: 'a message is committed, its sender unanswered',
  K02: 'a task was received, nothing was done',
  K03: 'before the model is asked',
  K04: 'the model was asked, no byte came back',
  K05: 'mid-stream',
  K06: 'the answer is complete and not reported',
  K07: 'the hand-off of an answer is committed, its reply lost',
  K08: 'before a call is said to begin',
  K09: 'a call is said to have begun, without an effect yet',
  K10: 'the effect has happened and is not reported',
  K11: 'in the middle of a long tool',
  K12: 'before the hand-off of a call commits',
  K13: 'the hand-off of a call is committed, its reply lost',
  K14: 'one of several parallel calls is stored',
  K15: 'before the end of the turn commits',
  K16: 'the end of the turn is committed, nobody was told',
  K17: 'asleep for three leases, then awake again',
  K18: 'in the middle of taking a lost task away',
  K19: 'between the firing of a schedule and its run',
  K20: 'in the middle of compaction',
  K21: 'around the commit of a client’s tool results',
  K22: 'around the commit of a cancel',
  K24: 'in the middle of a write to the session’s files',
} as const satisfies Record<`K${number}`, string>

export type KillMoment = keyof typeof killMatrix
