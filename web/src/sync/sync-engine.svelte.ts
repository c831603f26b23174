/**
 * Keeps the editor and the server in step: no edit is lost, no event is missed.
 *
 * Edits reach the browser's database within a third of a second and stay there until the server has
 * acknowledged them. Changes from the server are shown a little at a time, so that text flows.
 */

import type { ChangeSet } from '@codemirror/state'
import { Problem } from '../api/errors'
import type { DocumentOut, JobOut } from '../api/types'
import { type Conflict, SectionBuffer } from '../document/buffer'
import type { DocumentEvent, TextChange } from '../document/events'
import { type PlaybackItem, PlaybackQueue } from '../document/playback'
import type { SectionTexts, Surface } from '../document/surface'
import * as browserOutbox from './outbox'
import type { OutboxEdit, Outbox } from './outbox'
import { livingTabsAmong, TAB } from './tabs'

export type SaveState = 'saved' | 'saving' | 'kept' | 'held' | 'conflict'

/** What the engine needs of an `OpenDocument`. */
export interface SyncedDocument {
  readonly id: string
  readonly doc: Pick<DocumentOut, 'sections'> | null
  readonly job: Pick<JobOut, 'state'> | null
  /** Reads everything again. */
  open(): Promise<void>
  listen(heard: (change: TextChange | null, event: DocumentEvent) => void): () => void
  /** @throws Problem */
  saveSection(position: number, text: string, version: number): Promise<number>
}

/** Where edits are kept, and which tabs may keep some: the browser's own unless a test says. */
export interface SyncStorage {
  readonly outbox: Outbox
  readonly tab: string
  readonly livingTabs: (among: readonly string[]) => Promise<ReadonlySet<string>>
}

const BROWSER: SyncStorage = { outbox: browserOutbox, tab: TAB, livingTabs: livingTabsAmong }
const KEEP_MS = 250
const SAVE_MS = 1200 // after the last key
const SAVE_AT_MOST_MS = 8000
const RETRY_MS = [1000, 2000, 4000, 8000] as const
const CATCH_UP_MS = 5000
const FRAME_MS = 32
const COMPOSING_MS = 15_000
const EDITS_BY_USERS = new Set(['section_edited', 'section_reset'])

export class SyncEngine implements SectionTexts {
  status = $state<SaveState>('saved')
  /** Sections with edits that wait until the model has written them. */
  held = $state.raw<readonly number[]>([])
  conflicts = $state.raw<readonly number[]>([])
  /** Kept edits whose section is gone. */
  orphans = $state.raw<readonly OutboxEdit[]>([])
  /** Why the server refuses an edit. */
  refusal = $state.raw<Problem | null>(null)
  /** Whether the browser refuses to keep edits. */
  unstored = $state(false)

  readonly #document: SyncedDocument
  readonly #storage: SyncStorage
  #surface: Surface | null = null
  #buffers: SectionBuffer[] = []
  /** Headings of the sections that the buffers are of: the document may have new ones already. */
  #headings: readonly string[] = []
  #inOutbox = new Set<number>()
  #typed = 0 // edits so far
  #keptUpTo = 0 // how many of them are in the outbox, or at the server
  #forced = new Set<number>()
  #awaited = new Map<number, number>()
  readonly #playback = new PlaybackQueue()
  #playbackSince = 0
  #offline = false
  #tries = 0
  #unsavedSince = 0
  #timers = new Map<string, ReturnType<typeof setTimeout>>()
  #ended = new AbortController()

  constructor(document: SyncedDocument, storage: SyncStorage = BROWSER) {
    this.#document = document
    this.#storage = storage
  }

  /** Restores the edits of earlier visits, then follows the document. */
  async start(): Promise<void> {
    await this.#restore()
    const signal = this.#ended.signal
    const leave = this.#document.listen((change, event) => this.#receive(change, event))
    signal.addEventListener('abort', leave)
    addEventListener('pagehide', () => this.#persistOnLeave(), { signal })
    addEventListener('online', () => this.#retry(), { signal })
    document.addEventListener('visibilitychange', () => this.#visibilityChanged(), { signal })
    addEventListener('beforeunload', (event) => this.unstored && event.preventDefault(), { signal })
  }

  stop(): void {
    void this.keepNow()
    void this.save()
    this.#ended.abort()
    for (const timer of this.#timers.values()) clearTimeout(timer)
    this.#surface = null
  }

  attach(surface: Surface): void {
    this.#surface = surface
  }

  text(position: number): string {
    return this.#buffers[position]?.text ?? ''
  }

  /** The version whose text is on screen without further edits; none while there are some. */
  version(position: number): number | null {
    const buffer = this.#buffers[position]
    return buffer && !buffer.dirty ? buffer.version : null
  }

  conflict(position: number): Conflict | null {
    return this.#buffers[position]?.conflict ?? null
  }

  edit(position: number, changes: ChangeSet): void {
    const buffer = this.#buffers[position]
    if (!buffer) return
    buffer.edit(changes)
    this.#typed += 1
    this.refusal = null
    this.#unsavedSince ||= Date.now()
    this.#schedule('keep', KEEP_MS, () => void this.keepNow())
    this.#scheduleSave()
    this.#updateStatus()
  }

  /** Saves at once what may be saved; with `position` also a section that is being written. */
  async save(position?: number): Promise<void> {
    if (position !== undefined) this.#forced.add(position)
    this.#unsavedSince = 0
    await Promise.all(this.#buffers.map((_, index) => this.#send(index)))
  }

  /** Saves a section and waits until the server has it. */
  async ensureSaved(position: number): Promise<number> {
    await this.save(position)
    const version = this.version(position)
    if (version === null) throw this.refusal ?? new Problem(409, 'Unsaved', 'Not saved yet.')
    return version
  }

  /** Resolves the conflict of a section with `text`; both texts stay as revisions. */
  async resolve(position: number, text: string): Promise<void> {
    const buffer = this.#buffers[position]
    const conflict = buffer?.conflict
    if (!buffer || !conflict) return
    if (text !== conflict.mine) {
      const saved = await this.#document.saveSection(position, conflict.mine, buffer.version)
      buffer.hear({ from: 0, to: buffer.remoteLength, insert: conflict.mine }, saved, 'model')
    }
    const change = buffer.settle(text)
    this.#surface?.show(new Map([[position, change]]))
    await this.keepNow()
    await this.save(position)
    this.#updateStatus()
  }

  async forget(orphan: OutboxEdit): Promise<void> {
    this.orphans = this.orphans.filter((edit) => edit !== orphan)
    await this.#keep([], [orphan])
  }

  async keepNow(): Promise<void> {
    clearTimeout(this.#timers.get('keep'))
    const typed = this.#typed
    const edits = this.#unacknowledged()
    const dirty = new Set(edits.map((edit) => edit.position))
    const dropped = [...this.#inOutbox].filter((position) => !dirty.has(position))
    this.#inOutbox = dirty
    await this.#keep(
      edits,
      dropped.map((position) => this.#keyOf(position)),
    )
    if (this.unstored) return
    this.#keptUpTo = Math.max(this.#keptUpTo, typed)
    this.#updateStatus()
  }

  /** Keeps all edits at once: a page that is being left cannot wait. */
  #persistOnLeave(): void {
    try {
      this.#storage.outbox.journal(this.#storage.tab, this.#unacknowledged())
    } catch (error) {
      if (!(error instanceof DOMException)) throw error
    }
    void this.keepNow()
  }

  #unacknowledged(): OutboxEdit[] {
    return this.#buffers.flatMap((buffer, position) => {
      const kept = buffer.kept
      return kept ? [{ ...this.#keyOf(position), ...kept, at: Date.now() }] : []
    })
  }

  async #restore(): Promise<void> {
    let restorable: OutboxEdit[] = []
    try {
      const stored = await this.#storage.outbox.editsOf(this.#document.id)
      const living = await this.#storage.livingTabs(stored.map((edit) => edit.tab))
      restorable = stored.filter((edit) => !living.has(edit.tab))
    } catch (error) {
      if (!(error instanceof DOMException)) throw error
      this.unstored = true
    }
    const sections = this.#document.doc?.sections ?? []
    this.#playback.clear()
    this.#forced.clear()
    this.#awaited.clear()
    const oldHeadings = this.#headings
    this.#headings = sections.map((section) => section.heading)
    this.#buffers = sections.map((section) => new SectionBuffer(section.text, section.version))
    const orphans: OutboxEdit[] = []
    for (const edit of restorable) {
      const buffer = this.#buffers[this.#positionOf(edit, oldHeadings)]
      if (!buffer || buffer.dirty) orphans.push(edit)
      else buffer.restore(edit)
    }
    this.orphans = orphans
    this.#surface?.lay()
    this.#updateStatus()
    this.#scheduleSave()
    void this.#adopt(restorable.filter((edit) => !orphans.includes(edit)))
  }

  /** Stores restored edits under this tab, then removes them from the tab that had them. */
  async #adopt(adopted: readonly OutboxEdit[]): Promise<void> {
    this.#inOutbox = new Set()
    const keeping = this.keepNow()
    const own = new Set(this.#inOutbox)
    await keeping
    await this.#keep(
      [],
      adopted.filter((edit) => edit.tab !== this.#storage.tab || !own.has(edit.position)),
    )
  }

  /** The position of a kept edit now, `before` being the headings until now; -1 when it is gone. */
  #positionOf({ position, heading }: OutboxEdit, oldHeadings: readonly string[]): number {
    const headings = this.#headings
    if (headings[position] === heading) return position
    const moved = headings.indexOf(heading)
    if (moved >= 0) return moved
    const renamed =
      oldHeadings[position] === heading && !oldHeadings.includes(headings[position] ?? heading)
    return renamed ? position : -1
  }

  #receive(change: TextChange | null, event: DocumentEvent): void {
    if (event.event === 'plan_ready' || event.event === 'outline_changed') {
      void this.#reload()
      return
    }
    if (typeof event.index === 'number' && this.#buffers[event.index]) {
      if (this.#playback.empty) this.#playbackSince = Date.now()
      this.#playback.add({
        position: event.index,
        change,
        version: typeof event.version === 'number' ? event.version : null,
        author: EDITS_BY_USERS.has(event.event) ? 'person' : 'model',
      })
      this.#scheduleFrame()
    } else if (event.event === 'job_state') {
      this.#scheduleSave()
      this.#updateStatus()
    }
  }

  async #reload(): Promise<void> {
    await this.keepNow()
    await this.#restore()
  }

  #scheduleFrame(): void {
    if (!this.#timers.has('frame')) this.#schedule('frame', FRAME_MS, () => this.#frame())
  }

  /** Shows some of the queued changes; all of them when they are many or the page is hidden. */
  #frame(): void {
    this.#timers.delete('frame')
    const waited = Date.now() - this.#playbackSince
    if (this.#surface?.composing && waited < COMPOSING_MS) {
      this.#scheduleFrame()
      return
    }
    const changes = new Map<number, ChangeSet>()
    for (const item of this.#playback.take(document.hidden)) this.#play(item, changes)
    if (changes.size) this.#surface?.show(changes)
    if (!this.#playback.empty) this.#scheduleFrame()
    this.#updateStatus()
  }

  #play(item: PlaybackItem, changes: Map<number, ChangeSet>): void {
    const { position, change, version, author } = item
    const buffer = this.#buffers[position]
    if (!buffer) return
    const onScreen = buffer.hear(change, version, author)
    const earlier = changes.get(position)
    if (onScreen) changes.set(position, earlier ? earlier.compose(onScreen) : onScreen)
    if (version !== null && (this.#awaited.get(position) ?? Infinity) <= version) {
      this.#awaited.delete(position)
    }
    if (buffer.dirty) this.#scheduleSave()
  }

  #scheduleSave(): void {
    const waited = this.#unsavedSince ? Date.now() - this.#unsavedSince : 0
    this.#schedule('save', Math.min(SAVE_MS, Math.max(0, SAVE_AT_MOST_MS - waited)), () => {
      void this.save()
    })
  }

  /** Whether a section's edits wait: the model is not done with it. */
  #isHeld(position: number): boolean {
    const state = this.#document.doc?.sections[position]?.state
    const job = this.#document.job?.state
    const active = job === 'running' || job === 'queued' || job === 'paused'
    return state === 'writing' && active && !this.#forced.has(position)
  }

  async #send(position: number): Promise<void> {
    const buffer = this.#buffers[position]
    if (!buffer?.dirty || buffer.inFlight || buffer.conflict || this.#isHeld(position)) return
    if (this.#awaited.has(position) || this.#playback.has(position)) return
    const { text, version } = buffer.send()
    this.#updateStatus()
    try {
      buffer.acknowledge(await this.#document.saveSection(position, text, version))
      this.#offline = false
      this.#tries = 0
      this.#forced.delete(position)
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      buffer.refuse()
      this.#handleFailure(position, error)
    }
    if (buffer.dirty && !this.#offline) this.#scheduleSave()
    await this.keepNow()
    this.#updateStatus()
  }

  #handleFailure(position: number, problem: Problem): void {
    if (problem.status === 409 && typeof problem.more.version === 'number') {
      // The change comes with the events; if they are stuck, everything is read again.
      if (problem.more.version > (this.#buffers[position]?.version ?? 0)) {
        this.#awaited.set(position, problem.more.version)
        this.#schedule('catch-up', CATCH_UP_MS, () => {
          if (this.#awaited.size) void this.#document.open().then(() => this.#reload())
        })
      }
    } else if (problem.status === 0 || problem.status >= 500 || problem.status === 429) {
      this.#offline = true
      const wait = RETRY_MS[Math.min(this.#tries, RETRY_MS.length - 1)] ?? 8000
      this.#tries += 1
      this.#schedule('retry', wait, () => void this.save())
    } else {
      this.refusal = problem
    }
  }

  #retry(): void {
    this.#tries = 0
    void this.save()
  }

  #visibilityChanged(): void {
    if (document.hidden) void this.keepNow()
    void this.save()
  }

  #keyOf(position: number): Pick<OutboxEdit, 'document' | 'position' | 'heading' | 'tab'> {
    const heading = this.#headings[position] ?? ''
    return { document: this.#document.id, position, heading, tab: this.#storage.tab }
  }

  async #keep(...edits: Parameters<Outbox['keep']>): Promise<void> {
    if (!edits[0].length && !edits[1].length) return
    try {
      await this.#storage.outbox.keep(...edits)
      this.unstored = false
    } catch (error) {
      if (!(error instanceof DOMException)) throw error
      this.unstored = true
    }
  }

  #updateStatus(): void {
    const dirty = this.#buffers.flatMap((buffer, position) => (buffer.dirty ? [position] : []))
    const held = dirty.filter((position) => this.#isHeld(position))
    const conflicts = dirty.filter((position) => this.#buffers[position]?.conflict)
    if (held.join() !== this.held.join()) this.held = held
    if (conflicts.join() !== this.conflicts.join()) this.conflicts = conflicts
    this.status = conflicts.length
      ? 'conflict'
      : dirty.length && this.#keptUpTo < this.#typed
        ? 'saving' // it is only on screen yet
        : dirty.length && (this.#offline || this.refusal)
          ? 'kept'
          : dirty.length > held.length
            ? 'saving'
            : held.length
              ? 'held'
              : 'saved'
  }

  #schedule(name: string, milliseconds: number, run: () => void): void {
    clearTimeout(this.#timers.get(name))
    this.#timers.set(name, setTimeout(run, milliseconds))
  }
}
