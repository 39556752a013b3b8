import { expect, test } from 'vitest'
import { checkTimezone, dueSlots, nextSlot } from './cron.ts'

const newYork = 'America/New_York'
const from = (cron: string, timezone: string, after: string, n: number): string[] => {
  const slots: string[] = []
  for (let at: Date | null = new Date(after); slots.length < n; ) {
    at = nextSlot({ cron, timezone }, at)
    if (!at) break
    slots.push(at.toISOString().slice(0, 19))
  }
  return slots
}

test('five fields are minutes and up, six begin with seconds, seven end with a year', () => {
  expect(from('30 9 * * MON-FRI', 'Europe/Madrid', '2026-11-20T09:00:00Z', 2)).toEqual([
    '2026-11-23T08:30:00',
    '2026-11-24T08:30:00',
  ])
  expect(from('*/20 * * * * *', 'UTC', '2026-11-20T09:00:00Z', 3)).toEqual([
    '2026-11-20T09:00:20',
    '2026-11-20T09:00:40',
    '2026-11-20T09:01:00',
  ])
  expect(from('0 0 9 1 1 * 2030', 'UTC', '2026-11-20T09:00:00Z', 3)).toEqual(['2030-01-01T09:00:00'])
})

test('a time that the clock skips is due at the next one there is', () => {
  for (const minutes of ['30', '0,30', '*/20', '*', '10-50']) {
    expect(from(`${minutes} 2 * * *`, newYork, '2026-03-08T05:00:00Z', 1)).toEqual(['2026-03-08T07:00:00'])
  }
  expect(from('30 2 * * *', newYork, '2026-03-08T05:00:00Z', 2)).toEqual(['2026-03-08T07:00:00', '2026-03-09T06:30:00'])
  expect(from('0 0 * * *', 'America/Sao_Paulo', '2018-11-03T12:00:00Z', 1)).toEqual(['2018-11-04T03:00:00'])
})

test('a time that comes twice is due once', () => {
  expect(from('30 1 * * *', newYork, '2026-11-01T04:00:00Z', 2)).toEqual(['2026-11-01T05:30:00', '2026-11-02T06:30:00'])
  expect(from('*/30 1 * * *', newYork, '2026-11-01T04:00:00Z', 3)).toEqual([
    '2026-11-01T05:00:00',
    '2026-11-01T05:30:00',
    '2026-11-02T06:00:00',
  ])
})

test('a rhythm of every hour goes by elapsed time on such days too', () => {
  const hours = from('0 * * * *', newYork, '2026-11-01T04:30:00Z', 3)
  expect(hours).toEqual(['2026-11-01T05:00:00', '2026-11-01T06:00:00', '2026-11-01T07:00:00'])
  expect(from('*/30 * * * *', newYork, '2026-03-08T06:31:00Z', 2)).toEqual(['2026-03-08T07:00:00', '2026-03-08T07:30:00'])
})

test('the last times that were missed, oldest first', () => {
  const rhythm = { cron: '* * * * *', timezone: 'UTC' }
  const due = dueSlots(rhythm, new Date('2026-11-20T09:00:00Z'), new Date('2026-11-20T09:10:30Z'), 3)
  expect(due.map((slot) => slot.toISOString().slice(11, 16))).toEqual(['09:08', '09:09', '09:10'])
  expect(dueSlots(rhythm, new Date('2026-11-20T09:10:00Z'), new Date('2026-11-20T09:10:00Z'), 9)).toHaveLength(1)
  expect(dueSlots(rhythm, new Date('2026-11-20T09:10:00Z'), new Date('2026-11-20T09:09:59Z'), 9)).toEqual([])
})

test('a year of missed seconds is looked at from its end', () => {
  const rhythm = { cron: '* * * * * *', timezone: newYork }
  expect(dueSlots(rhythm, new Date('2025-01-01T00:00:00Z'), new Date('2026-01-01T00:00:00Z'), 1000)).toHaveLength(1000)
})

test('missed times are those there were on the days on which the clock changes', () => {
  const missed = (cron: string, day: string): string[] =>
    dueSlots({ cron, timezone: newYork }, new Date(`${day}T00:00:00Z`), new Date(`${day}T12:00:00Z`), 1000).map((slot) =>
      slot.toISOString().slice(11, 16),
    )
  expect(missed('30 2 * * *', '2026-03-08')).toEqual(['07:00'])
  expect(missed('0,30 1-3 * * *', '2026-03-08')).toEqual(['06:00', '06:30', '07:00', '07:30'])
  expect(missed('30 1 * * *', '2026-11-01')).toEqual(['05:30'])
  expect(missed('30 * * * *', '2026-11-01').slice(4, 8)).toEqual(['04:30', '05:30', '06:30', '07:30'])
})

test('what is not cron is refused with a sentence', () => {
  const refused = [
    '',
    '* * * *',
    '* * * * * * * *',
    '60 * * * *',
    '* 24 * * *',
    '5-70/2 2 * * *',
    '*/0 1 * * *',
    '*/20 25 * * *',
    '@daily',
    '2030-01-01T00:00:00',
    '? * * * *',
    'x * * * *',
  ]
  for (const cron of refused) {
    expect(() => nextSlot({ cron, timezone: 'UTC' }, new Date()), cron).toThrow(expect.objectContaining({ kind: 'bad_request' }))
  }
  expect(() => checkTimezone('Mars/Base')).toThrow(expect.objectContaining({ kind: 'bad_request' }))
  expect(nextSlot({ cron: '0 0 30 2 *', timezone: 'UTC' }, new Date())).toBeNull()
})
