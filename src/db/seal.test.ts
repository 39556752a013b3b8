import fc from 'fast-check'
import { expect, test } from 'vitest'
import { makeSealer, newSealingKey } from './seal.ts'

const place = 'providers/1/credentials'
const renamed = (key: string, name: string) => key.replace(/^[^:]+/, name)

test('what was sealed opens again, whatever it was', () => {
  const sealer = makeSealer({ current: newSealingKey() })
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (plain) => {
      expect(sealer.open(sealer.seal(plain, place), place)).toBe(plain)
    }),
    { numRuns: 50 },
  )
})

test('the same text never looks the same, and never shows', () => {
  const sealer = makeSealer({ current: newSealingKey() })
  const [one, other] = [sealer.seal('sk-secret', place), sealer.seal('sk-secret', place)]
  expect(one).not.toEqual(other)
  expect(JSON.stringify(one)).not.toContain('sk-secret')
  expect(one).toMatchObject({ version: 1, alg: 'AES-256-GCM', key_id: 'kek-v1' })
})

test('a sealed value does not open in another place', () => {
  const sealer = makeSealer({ current: newSealingKey() })
  const sealed = sealer.seal('secret', place)
  expect(() => sealer.open(sealed, 'providers/2/credentials')).toThrow(/cannot be opened/)
})

test('one changed bit is noticed', () => {
  const sealer = makeSealer({ current: newSealingKey() })
  const sealed = sealer.seal('secret', place) as { ciphertext: string }
  const bytes = Buffer.from(sealed.ciphertext, 'base64')
  bytes[0] = (bytes[0] ?? 0) ^ 1
  expect(() => sealer.open({ ...sealed, ciphertext: bytes.toString('base64') }, place)).toThrow()
})

test.each(['kek-v1', 'kek-v2'])('after a rotation to %s old values open and new ones use the new key', (name) => {
  const [old, current] = [newSealingKey(), renamed(newSealingKey(), name)]
  const sealed = makeSealer({ current: old }).seal('secret', place)
  const rotated = makeSealer({ current, previous: old })
  expect(rotated.open(sealed, place)).toBe('secret')
  expect(makeSealer({ current }).open(rotated.seal('new', place), place)).toBe('new')
})

test('a value whose key is not here is an answer, not an accident', () => {
  const sealed = makeSealer({ current: newSealingKey() }).seal('secret', place)
  expect(() => makeSealer({ current: newSealingKey() }).open(sealed, place)).toThrow(
    expect.objectContaining({ code: 'sealing_key_missing' }),
  )
  expect(makeSealer({}).knows('kek-v1')).toBe(false)
})

test('without a key sealing is refused with what to set', () => {
  const sealer = makeSealer({})
  expect(sealer.available).toBe(false)
  expect(() => sealer.seal('secret', place)).toThrow(/SECRETS_ENCRYPTION_KEY/)
})

test.each(['kek-v1', 'kek-v1:', 'kek-v1:c2hvcnQ=', 'no name'])('%s is not a key', (text) => {
  expect(() => makeSealer({ current: text })).toThrow(/32 bytes/)
})
