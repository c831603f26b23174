import { describe, expect, it } from 'vitest'
import {
  amount,
  before,
  byDay,
  compare,
  type Entry,
  folded,
  whole,
} from '../../src/document/versions'

const entry = (id: number, position: number, created: number): Entry => ({
  id,
  position,
  created,
  author: 'person',
  reason: 'edit',
  words: 1,
  model: null,
  seed: null,
})

describe('two texts', () => {
  it('give both back from their pieces, in Chinese, English and emoji', () => {
    const older = '茶是一种饮料。Green tea is steamed 🍵.'
    const newer = '绿茶是一种好饮料。Green tea is pan-fired 🍃.'
    const pieces = compare(older, newer)
    const read = (kind: string) =>
      pieces.map((one) => (one.kind === 'same' || one.kind === kind ? one.text : '')).join('')
    expect(read('gone')).toBe(older)
    expect(read('new')).toBe(newer)
    expect(amount(pieces).added).toBeGreaterThan(0)
  })

  it('that are the same have one piece, and empty ones none', () => {
    expect(compare('a', 'a')).toEqual([{ kind: 'same', text: 'a' }])
    expect(compare('', '')).toEqual([])
  })

  it('are folded without losing a character', () => {
    const long = 'A line that both have.\n'.repeat(200)
    const pieces = compare(`${long}old end`, `new start ${long}`)
    const shown = folded(pieces)
    expect(shown.some((one) => one.kind === 'left out')).toBe(true)
    const all = (list: readonly { text: string }[]) => list.map((one) => one.text).join('')
    expect(all(shown)).toBe(all(pieces))
  })

  it('of 100,000 characters that differ wholly take less than 2 s', () => {
    const start = performance.now()
    compare('abc def '.repeat(12_500), '茶 水 叶 火 '.repeat(12_500))
    expect(performance.now() - start).toBeLessThan(2000)
  })
})

describe('a history', () => {
  it('knows the days and what was before', () => {
    const noon = new Date(2026, 0, 2, 12).getTime() / 1000
    const entries = [entry(4, 0, noon), entry(3, 1, noon - 60), entry(2, 0, noon - 86_400)]
    expect(byDay(entries).map((one) => one.entries.length)).toEqual([2, 1])
    expect(before(entries, entry(4, 0, noon))?.id).toBe(2)
    expect(before(entries, entry(3, 1, noon))).toBeNull()
  })

  it('makes one text of a document', () => {
    expect(whole(['Leaf', 'Cup'], ['a', ' b\n'])).toBe('## Leaf\n\na\n\n## Cup\n\nb\n')
  })
})
