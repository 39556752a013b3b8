// The capabilities that come with the product. A new one is one line here.
import type { Capability } from '../contract/capability.ts'
import { currentTime } from './current-time.ts'
import { noop } from './noop.ts'
import { session } from './session.ts'
import { sessionFileSystem } from './session-files/index.ts'
import { sessionStorage } from './session-storage.ts'
import { testMath } from './test-math.ts'
import { testWeather } from './test-weather.ts'
import { statelessTodoList } from './todo-list.ts'

export { capabilityRegistry } from './registry.ts'

export const builtInCapabilities: readonly Capability[] = [
  sessionFileSystem,
  sessionStorage,
  session,
  currentTime,
  statelessTodoList,
  testMath,
  testWeather,
  noop,
]
