// npm run wire -- <openapi.json>: what another document of this API says that ours (docs/api/openapi.json) does not.
// Compares addresses, operation ids, parameters, and the fields of bodies and success answers, one level deep.
import { readFileSync } from 'node:fs'

const [file] = process.argv.slice(2)
if (!file) {
  console.error('Usage: npm run wire -- <openapi.json>')
  process.exit(2)
}
const theirs = JSON.parse(readFileSync(file, 'utf8'))
const ours = JSON.parse(readFileSync(new URL('../docs/api/openapi.json', import.meta.url), 'utf8'))

const methods = ['get', 'post', 'put', 'patch', 'delete']
const nameless = (path) => path.replace(/\{[^}]+\}/g, '{}')

/** `METHOD /path/{}` → operation. */
const operationsOf = (document) =>
  new Map(
    Object.entries(document.paths).flatMap(([path, item]) =>
      methods
        .filter((method) => item[method])
        .map((method) => [`${method.toUpperCase()} ${nameless(path)}`, { path, ...item[method] }]),
    ),
  )

/** Follows references and lays `allOf` together; of a choice, the fields that any branch has. */
function fieldsOf(document, schema, seen = new Set()) {
  if (!schema || typeof schema !== 'object') return { fields: new Set(), required: new Set() }
  if (schema.$ref) {
    if (seen.has(schema.$ref)) return { fields: new Set(), required: new Set() }
    const target = document.components.schemas[schema.$ref.split('/').at(-1)]
    return fieldsOf(document, target, new Set([...seen, schema.$ref]))
  }
  if (schema.type === 'array') return fieldsOf(document, schema.items, seen)
  const whole = (schema.allOf ?? []).map((part) => fieldsOf(document, part, seen))
  const choices = [...(schema.oneOf ?? []), ...(schema.anyOf ?? [])].map((part) => fieldsOf(document, part, seen))
  const own = { fields: new Set(Object.keys(schema.properties ?? {})), required: new Set(schema.required ?? []) }
  const fields = [own, ...whole, ...choices].flatMap((part) => [...part.fields])
  return { fields: new Set(fields), required: new Set([own, ...whole].flatMap((part) => [...part.required])) }
}

const schemaIn = (content = {}) => Object.values(content)[0]?.schema

const resolved = (document, body) =>
  body?.$ref ? document.components[body.$ref.split('/').at(-2)]?.[body.$ref.split('/').at(-1)] : body

function successOf(document, operation) {
  const [status, answer] = Object.entries(operation.responses).find(([code]) => code.startsWith('2')) ?? []
  return { status, ...fieldsOf(document, schemaIn(resolved(document, answer)?.content)) }
}

const parametersOf = (document, operation) =>
  new Map(
    (operation.parameters ?? [])
      .map((one) => resolved(document, one))
      .filter((one) => one.in !== 'path')
      .map((one) => [`${one.in} ${one.name}`, Boolean(one.required)]),
  )

const lacking = (a, b) => [...a].filter((item) => !b.has(item))
let differences = 0
function say(where, what, items) {
  if (items.length === 0) return
  differences += items.length
  console.log(`${where}: ${what}: ${items.join(', ')}`)
}

const mine = operationsOf(ours)
const other = operationsOf(theirs)
for (const [address, operation] of other) {
  const same = mine.get(address)
  if (!same) {
    say(address, 'missing', [operation.operationId])
    continue
  }
  if (same.operationId !== operation.operationId)
    say(address, 'operation id', [`${same.operationId} is ${operation.operationId} there`])
  const [ourParameters, theirParameters] = [parametersOf(ours, same), parametersOf(theirs, operation)]
  say(address, 'parameters that we lack', lacking(theirParameters.keys(), ourParameters))
  say(
    address,
    'parameters that only we require',
    [...ourParameters].filter(([name, needed]) => needed && !theirParameters.get(name)).map(([name]) => name),
  )
  const [ourBody, theirBody] = [
    [ours, same],
    [theirs, operation],
  ].map(([document, one]) => fieldsOf(document, schemaIn(resolved(document, one.requestBody)?.content)))
  say(address, 'body fields that we lack', lacking(theirBody.fields, ourBody.fields))
  say(address, 'body fields that only we require', lacking(ourBody.required, theirBody.required))
  const [ourAnswer, theirAnswer] = [successOf(ours, same), successOf(theirs, operation)]
  if (ourAnswer.status !== theirAnswer.status) say(address, 'status', [`${ourAnswer.status} is ${theirAnswer.status} there`])
  say(address, 'answer fields that we lack', lacking(theirAnswer.fields, ourAnswer.fields))
  say(address, 'answer fields that we do not promise', lacking(theirAnswer.required, ourAnswer.required))
}
say('here only', 'operations', lacking(mine.keys(), other))
console.log(`${other.size} operations there, ${mine.size} here, ${differences} differences`)
