import { expect, test } from 'vitest'
import { ToolParts } from '../../contract/capability.ts'
import { capped, resultParts } from './result.ts'

test('text stays text, everything else becomes its JSON', () => {
  expect(resultParts('plain')).toEqual([{ type: 'text', text: 'plain' }])
  expect(resultParts({ a: [1] })).toEqual([{ type: 'text', text: '{"a":[1]}' }])
  expect(resultParts(undefined)).toEqual([{ type: 'text', text: 'null' }])
})

test('a result is cut at 64 KiB between characters, and says what to do', () => {
  for (const character of ['x', 'é', '€', '😀']) {
    const cut = capped(character.repeat(70_000))
    expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(64 * 1024)
    expect(Buffer.byteLength(cut)).toBeGreaterThan(64 * 1024 - 8)
    expect(cut).not.toContain('\ufffd')
    expect(cut).toContain('cut at 64 KiB')
  }
  expect(capped('x'.repeat(64 * 1024))).toHaveLength(64 * 1024)
})

test('parts stay parts; their texts share the limit', () => {
  const image = { type: 'image' as const, base64: 'AAAA', media_type: 'image/png' }
  const long = { type: 'text' as const, text: 'x'.repeat(60_000) }
  const parts = resultParts(new ToolParts([image, long, long]))
  expect(parts[0]).toEqual(image)
  const texts = parts.flatMap((part) => (part.type === 'text' ? [part.text.length] : []))
  expect(texts[0]).toBe(60_000)
  expect((texts[0] ?? 0) + (texts[1] ?? 0)).toBeLessThanOrEqual(64 * 1024)
})
