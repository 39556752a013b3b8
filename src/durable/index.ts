// The engine's front door. README.md tells how it works.
export { createEngine, type Engine, type EngineTimes, type Lease } from './engine.ts'
export type { Item } from './item.ts'
export type { ContextRequest, EffectPort, WorkflowRegistration } from './ports.ts'
export type { Statement, TaskRow, WorkflowRow } from './rows.ts'
export type { Duty } from './upkeep/duty.ts'
export type { HeadView } from './view.ts'
