// Where a request carries each key of an operation's flat input: in the path, the query or the body.
import type { AnyOperation, Method } from '../contract/operation.ts'
import type { Ctx } from '../resources/context.ts'

export interface Places {
  method: Method
  /** Keys of the path, in order. */
  path: string[]
  /** Keys of the path of another of its routes: on this one they are not there at all. */
  elsewhere: ReadonlySet<string>
  /** The key that takes the rest of the path, slashes and all. */
  rest: string | undefined
  hasBody: boolean
  /** Keys that come in a header, with its name. */
  headers: [key: string, header: string][]
  isQuery(key: string): boolean
}

/** For one of the operation's routes. */
export function placesOf(operation: AnyOperation<Ctx>, route: string): Places {
  const [method = ''] = route.split(' ')
  const names = parametersOf(route)
  const path = names.map(({ name }) => name)
  const others = routesOf(operation).flatMap((other) => parametersOf(other).map(({ name }) => name))
  const bare = method === 'GET' || method === 'DELETE'
  return {
    method: method as Method, // a route begins with one
    path,
    elsewhere: new Set(others.filter((name) => !path.includes(name))),
    rest: names.find(({ star }) => star)?.name,
    hasBody: !bare && operation.body !== 'none',
    headers: Object.entries(operation.headers ?? {}),
    isQuery: (key) => !(key in (operation.headers ?? {})) && (bare || (operation.query ?? []).includes(key)),
  }
}

const parametersOf = (route: string): { name: string; star: boolean }[] =>
  [...route.matchAll(/\{(\w+)(\*?)\}/g)].map(([, name = '', star]) => ({ name, star: star === '*' }))

/** The routes that HTTP serves: none for what only workers may ask. */
export const routesOf = ({ route, aliases = [], audience }: AnyOperation<Ctx>): string[] =>
  audience === 'worker' || !route ? [] : [route, ...aliases]
