import { expect, test } from 'vitest'
import { makeLog } from './log.ts'

function logged(write: (log: ReturnType<typeof makeLog>) => void): Record<string, unknown> {
  const lines: string[] = []
  write(makeLog({ level: 'info', name: 'server', destination: { write: (line) => lines.push(line) } }))
  expect(lines).toHaveLength(1)
  return JSON.parse(lines[0] ?? '')
}

test('a line is JSON with time, level, name, ids and words', () => {
  expect(logged((log) => log.warn({ session_id: 's1' }, 'slow reader'))).toEqual({
    level: 'warn',
    time: expect.stringMatching(/^\d{4}-.*Z$/),
    name: 'server',
    session_id: 's1',
    msg: 'slow reader',
  })
})

test('an error shows its cause but not what was hung on it', () => {
  const row = Object.assign(new Error('duplicate key'), { code: '23505', detail: 'Key (name)=(private words) already exists.' })
  const line = logged((log) => log.error({ err: new Error('could not save', { cause: row }) }, 'accident'))
  expect(line.err).toMatchObject({ type: 'Error', message: 'could not save', cause: { message: 'duplicate key', code: '23505' } })
  expect(JSON.stringify(line)).not.toContain('private words')
})

test('keys are not logged, even by mistake', () => {
  const line = logged((log) => log.info({ apiKey: 'sk-1', request: { authorization: 'Bearer sk-2' } }, 'calling'))
  expect(JSON.stringify(line)).not.toMatch(/sk-[12]/)
})

test('sessions and turns are named as callers know them', () => {
  const line = logged((log) =>
    log.child({ worker_id: 'w' }).warn({ session_id: '01a220f3-78e0-73d9-a92f-7ecf00000001', turn_id: 't' }, 'x'),
  )
  expect(line).toMatchObject({ worker_id: 'w', session_id: 'session_01a220f378e073d9a92f7ecf00000001', turn_id: 't' })
})
