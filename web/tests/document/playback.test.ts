import { expect, it } from 'vitest'
import { type PlaybackItem, PlaybackQueue } from '../../src/document/playback'

function text(insert: string, from = 0): PlaybackItem {
  const change = { position: 0, from, to: from, insert }
  return { position: 0, change, version: 2, author: 'model' }
}

it('lets a text flow in, whole and in order, its version with its last part', () => {
  const queue = new PlaybackQueue()
  const whole = 'The 茶 is 🍵 hot, and it is green. '.repeat(4)
  queue.add(text(whole))
  let shown = ''
  let frames = 0
  while (!queue.empty) {
    for (const one of queue.take(false)) {
      expect(one.change?.from).toBe(shown.length)
      shown += one.change?.insert ?? ''
      expect(shown.isWellFormed()).toBe(true)
      expect(one.version).toBe(queue.empty ? 2 : null)
    }
    frames += 1
  }
  expect(shown).toBe(whole)
  expect(frames).toBeGreaterThan(10)
})

it('shows all at once when nobody looks, or when it is much', () => {
  for (const [hurry, count] of [
    [true, 3],
    [false, 4000],
  ] as const) {
    const queue = new PlaybackQueue()
    queue.add(text('a'.repeat(count)))
    queue.take(hurry)
    expect(queue.empty).toBe(true)
  }
})

it('does not split what replaces, nor what a person typed into an empty section', () => {
  for (const [to, author] of [
    [5, 'model'],
    [0, 'person'],
  ] as const) {
    const queue = new PlaybackQueue()
    const change = { position: 0, from: 0, to, insert: 'b'.repeat(500) }
    queue.add({ position: 0, change, version: 3, author })
    expect(queue.take(false)).toEqual([{ position: 0, change, version: 3, author }])
  }
})
