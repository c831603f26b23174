/** A queue of changes by the server that are not on screen yet: released a little at a time. */

import type { Author } from './buffer'
import type { TextChange } from './events'

export interface PlaybackItem {
  readonly position: number
  readonly change: TextChange | null
  readonly version: number | null
  readonly author: Author
}

const SPREAD = 14 // frames over which a batch flows in
const LEAST = 4 // characters a frame
const FLOOD = 3000 // characters that are shown at once

export class PlaybackQueue {
  #waiting: PlaybackItem[] = []

  get empty(): boolean {
    return this.#waiting.length === 0
  }

  has(position: number): boolean {
    return this.#waiting.some((item) => item.position === position)
  }

  add(item: PlaybackItem): void {
    this.#waiting.push(item)
  }

  clear(): void {
    this.#waiting = []
  }

  /** What to show now, in order; with `hurry`, or when it is much, everything. */
  take(hurry: boolean): PlaybackItem[] {
    const total = this.#waiting.reduce((sum, item) => sum + (item.change?.insert.length ?? 0), 0)
    let room = hurry || total > FLOOD ? Infinity : Math.max(LEAST, Math.ceil(total / SPREAD))
    const taken: PlaybackItem[] = []
    while (this.#waiting.length && room > 0) {
      const next = this.#next(room)
      room -= next.change?.insert.length ?? 0
      taken.push(next)
    }
    return taken
  }

  /** The first of what waits, or the part of it that there is room for. */
  #next(room: number): PlaybackItem {
    const [first] = this.#waiting as [PlaybackItem, ...PlaybackItem[]]
    const { change, author } = first
    // A person's edit is heard whole: only so is our own known when it comes back.
    const indivisible = author === 'person' || change?.from !== change?.to
    if (!change || indivisible || change.insert.length <= room + 1) {
      return this.#waiting.shift() as PlaybackItem
    }
    const pair = (change.insert.codePointAt(room - 1) ?? 0) > 0xffff ? 1 : 0
    const insert = change.insert.slice(0, room + pair)
    const offset = change.from + insert.length
    const rest = { ...change, from: offset, to: offset, insert: change.insert.slice(insert.length) }
    this.#waiting[0] = { ...first, change: rest }
    return { ...first, change: { ...change, insert }, version: null }
  }
}
