/**
 * One section between the user and the server: what the server has, what was sent, what was not.
 *
 *     remote ──sent──▶ text in flight ──pending──▶ text on screen
 *
 * As in CodeMirror's collab, changes by the model are carried over local edits, so a person can
 * work at the beginning of a section whose end is still being written. What another person or tab
 * saved is never mixed with local edits: it becomes a conflict, and nothing is overwritten.
 */

import { ChangeSet, Text } from '@codemirror/state'
import { diff } from '@codemirror/merge'

/** Who changed the section on the server. */
export type Author = 'model' | 'person'

/** Characters `from` to `to` of the server's text (UTF-16) become `insert`. */
export interface Change {
  readonly from: number
  readonly to: number
  readonly insert: string
}

export interface Conflict {
  readonly mine: string
  readonly theirs: string
}

/** What was typed and not acknowledged, as it is kept in the browser. */
export interface UnsavedText {
  readonly version: number
  readonly base: string
  readonly text: string
  /** What was under way to the server, and may have come there. */
  readonly sent: string | null
}

const SCAN_LIMIT = 400 // search depth, beyond which the difference gets coarser

export class SectionBuffer {
  #remote: Text
  #version: number
  #sent: ChangeSet
  #pending: ChangeSet
  #inFlight: string | null = null
  #theirs: string | null = null
  #unconfirmed: { text: string; version: number } | null = null

  constructor(text: string, version: number) {
    this.#remote = asText(text)
    this.#version = version
    this.#sent = this.#pending = ChangeSet.empty(text.length)
  }

  /** Where the server is, as far as it was heard. */
  get version(): number {
    return this.#version
  }

  get remote(): string {
    return this.#remote.toString()
  }

  get remoteLength(): number {
    return this.#remote.length
  }

  /** The text on screen. */
  get text(): string {
    return this.#shown().toString()
  }

  /** Whether there are edits that the server has not acknowledged. */
  get dirty(): boolean {
    return !this.#sent.empty || !this.#pending.empty
  }

  get inFlight(): boolean {
    return this.#inFlight !== null
  }

  get conflict(): Conflict | null {
    return this.#theirs === null ? null : { mine: this.text, theirs: this.#theirs }
  }

  get kept(): UnsavedText | null {
    if (!this.dirty) return null
    const sent = this.#inFlight ?? this.#unconfirmed?.text ?? null
    return { version: this.#version, base: this.remote, text: this.text, sent }
  }

  /** The person changed the text on screen. */
  edit(changes: ChangeSet): void {
    this.#pending = this.#pending.compose(changes)
  }

  /**
   * The server's text changed, or only its version. What is older than the text that is known is
   * passed over: its offsets are of a text that is gone.
   *
   * @returns what is to be done to the text on screen.
   */
  hear(change: Change | null, version: number | null, author: Author): ChangeSet | null {
    if (version !== null && version <= this.#version) return null
    const changes = change && this.#asSet(change)
    const now = changes ? changes.apply(this.#remote) : this.#remote
    if (version !== null && author === 'person' && this.#isOurs(now, version)) {
      this.#echo(now, version)
      return null
    }
    if (version !== null) this.#version = version
    if (!changes || changes.empty) return null
    const disputed = this.#theirs !== null || (author === 'person' && this.dirty)
    if (!disputed) return this.#carry(changes, now)
    this.#dispute(now)
    return null
  }

  /** What is to be saved; until `acknowledge` or `refuse`, edits wait behind it. */
  send(): { readonly text: string; readonly version: number } {
    this.#sent = this.#sent.compose(this.#pending)
    const text = this.#sent.apply(this.#remote)
    this.#pending = ChangeSet.empty(text.length)
    this.#inFlight = text.toString()
    this.#unconfirmed = { text: this.#inFlight, version: this.#version }
    return this.#unconfirmed
  }

  /** The server has what was sent, at `version`. */
  acknowledge(version: number): void {
    if (this.#inFlight === null || version <= this.#version) return
    this.#remote = asText(this.#inFlight)
    this.#version = version
    this.#unconfirmed = null
    this.#inFlight = null
    this.#sent = ChangeSet.empty(this.#remote.length)
  }

  /** What was sent was not taken, as far as is known: it is an edit like the others again. */
  refuse(): void {
    this.#pending = this.#sent.compose(this.#pending)
    this.#sent = ChangeSet.empty(this.#remote.length)
    this.#inFlight = null
  }

  /**
   * The person settled the conflict: the section is to read `text`.
   *
   * @returns what is to be done to the text on screen.
   */
  settle(text: string): ChangeSet {
    const changes = between(this.text, text)
    this.#theirs = null
    this.#sent = ChangeSet.empty(this.#remote.length)
    this.#pending = between(this.remote, text)
    return changes
  }

  /**
   * Edits that an earlier visit kept, put on what the server has now.
   *
   * @returns what is to be done to the text on screen.
   */
  restore(kept: UnsavedText): ChangeSet | null {
    const now = this.remote
    if (kept.text === now) return null
    const base = kept.sent === now ? now : kept.base
    const mine = between(base, kept.text)
    if (now === base) {
      this.#pending = mine
    } else if (kept.version === this.#version || now.startsWith(base)) {
      this.#pending = mine.map(between(base, now), true)
    } else {
      this.#pending = between(now, kept.text)
      this.#theirs = now
    }
    return this.#pending
  }

  #asSet({ from, to, insert }: Change): ChangeSet {
    const { length } = this.#remote
    const whole = from === 0 && to > 0 && to === length
    return whole
      ? between(this.remote, insert)
      : ChangeSet.of({ from, to, insert: asText(insert) }, length)
  }

  #shown(): Text {
    return this.#pending.apply(this.#sent.apply(this.#remote))
  }

  /** Whether this is our own edit coming back, its answer still under way or lost. */
  #isOurs(now: Text, version: number): boolean {
    return (
      version === (this.#unconfirmed?.version ?? NaN) + 1 &&
      now.toString() === this.#unconfirmed?.text
    )
  }

  #echo(now: Text, version: number): void {
    if (this.#inFlight !== null) {
      this.acknowledge(version)
      return
    }
    const shown = this.text
    this.#unconfirmed = null
    this.#version = version
    this.#remote = now
    this.#sent = ChangeSet.empty(now.length)
    this.#pending = between(now.toString(), shown)
  }

  /** What is on screen stays, against another text of the server. */
  #dispute(now: Text): void {
    const shown = this.text
    this.#remote = now
    this.#inFlight = null
    this.#sent = ChangeSet.empty(now.length)
    this.#pending = between(now.toString(), shown)
    this.#theirs = this.#pending.empty ? null : now.toString()
  }

  #carry(changes: ChangeSet, now: Text): ChangeSet {
    const overSent = changes.map(this.#sent)
    const onScreen = overSent.map(this.#pending)
    this.#pending = this.#pending.map(overSent, true)
    this.#sent = this.#sent.map(changes, true)
    this.#remote = now
    return onScreen
  }
}

/** The changes that make `after` of `before`. */
export function between(before: string, after: string): ChangeSet {
  const changes = diff(before, after, { scanLimit: SCAN_LIMIT }).map((change) => ({
    from: change.fromA,
    to: change.toA,
    insert: asText(after.slice(change.fromB, change.toB)),
  }))
  return ChangeSet.of(changes, before.length)
}

/** A text as the editor holds it; a carriage return in it is a character like any other. */
export function asText(text: string): Text {
  return Text.of(text.split('\n'))
}
