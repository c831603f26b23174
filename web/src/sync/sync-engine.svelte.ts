/**
 * What lies between the editor and the server: nothing typed is lost, nothing told is missed.
 *
 * Edits are in the browser's database within a third of a second and stay there until the server
 * has acknowledged them. What the server tells is shown a little at a time, so that text flows.
 */

import type { ChangeSet } from '@codemirror/state'
import { api, ok } from '../api/client'
import { Problem } from '../api/errors'
import { type Conflict, SectionBuffer } from '../document/buffer'
import type { OpenDocument } from './document.svelte'
import type { DocumentEvent, TextChange } from '../document/events'
import { journal, keep, type KeptEdit, keptOf } from './outbox'
import type { Surface } from '../document/surface'
import { livingTabsAmong, TAB } from './tabs'
import { type PlaybackItem, PlaybackQueue } from '../document/playback'

export type SaveState = 'saved' | 'saving' | 'kept' | 'held' | 'conflict'

const KEEP_MS = 250
const SAVE_MS = 1200 // after the last key
const SAVE_AT_MOST_MS = 8000
const RETRY_MS = [1000, 2000, 4000, 8000] as const
const CATCH_UP_MS = 5000
const FRAME_MS = 32
const COMPOSING_MS = 15_000
const PERSONS = new Set(['section_edited', 'section_reset'])

export class SyncEngine {
  status = $state<SaveState>('saved')
  /** Sections with edits that wait until the model has written them. */
  held = $state.raw<readonly number[]>([])
  conflicts = $state.raw<readonly number[]>([])
  /** Kept edits that have no place any more. */
  orphans = $state.raw<readonly KeptEdit[]>([])
  /** Why the server does not take an edit. */
  refusal = $state.raw<Problem | null>(null)
  /** Whether the browser itself does not keep edits. */
  homeless = $state(false)

  readonly #document: OpenDocument
  #surface: Surface | null = null
  #buffers: SectionBuffer[] = []
  #inOutbox = new Set<number>()
  #typed = 0 // edits so far
  #keptUpTo = 0 // how many of them are in the outbox, or at the server
  #taken = new Set<number>()
  #behind = new Map<number, number>()
  readonly #told = new PlaybackQueue()
  #toldSince = 0
  #offline = false
  #tries = 0
  #unsavedSince = 0
  #timers = new Map<string, ReturnType<typeof setTimeout>>()
  #ended = new AbortController()

  constructor(document: OpenDocument) {
    this.#document = document
  }

  /** Takes up the document: edits of earlier visits first. */
  async begin(): Promise<void> {
    await this.#takeUp()
    const signal = this.#ended.signal
    const leave = this.#document.listen((change, event) => this.#hear(change, event))
    signal.addEventListener('abort', leave)
    addEventListener('pagehide', () => this.#leave(), { signal })
    addEventListener('online', () => this.#retry(), { signal })
    document.addEventListener('visibilitychange', () => this.#shownOrHidden(), { signal })
    addEventListener('beforeunload', (event) => this.homeless && event.preventDefault(), { signal })
  }

  end(): void {
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
    this.#later('keep', KEEP_MS, () => void this.keepNow())
    this.#saveSoon()
    this.#look()
  }

  /** Saves at once what may be saved; with `position` also a section that is being written. */
  async save(position?: number): Promise<void> {
    if (position !== undefined) this.#taken.add(position)
    this.#unsavedSince = 0
    await Promise.all(this.#buffers.map((_, at) => this.#send(at)))
  }

  /** Saves a section and waits until the server has it. */
  async settled(position: number): Promise<number> {
    await this.save(position)
    const version = this.version(position)
    if (version === null) throw this.refusal ?? new Problem(409, 'Unsaved', 'Not saved yet.')
    return version
  }

  /** The conflict of a section is settled: it is to read `text`; both texts stay as revisions. */
  async settle(position: number, text: string): Promise<void> {
    const buffer = this.#buffers[position]
    const conflict = buffer?.conflict
    if (!buffer || !conflict) return
    if (text !== conflict.mine) {
      const saved = await this.#put(position, conflict.mine, buffer.version)
      buffer.hear({ from: 0, to: buffer.remoteLength, insert: conflict.mine }, saved, 'model')
    }
    this.#surface?.show(new Map([[position, buffer.settle(text)]]))
    await this.keepNow()
    await this.save(position)
    this.#look()
  }

  async forget(orphan: KeptEdit): Promise<void> {
    this.orphans = this.orphans.filter((one) => one !== orphan)
    await this.#keep([], [orphan])
  }

  async keepNow(): Promise<void> {
    clearTimeout(this.#timers.get('keep'))
    const typed = this.#typed
    const edits = this.#unacknowledged()
    const dirty = new Set(edits.map((one) => one.position))
    const dropped = [...this.#inOutbox].filter((at) => !dirty.has(at))
    this.#inOutbox = dirty
    await this.#keep(
      edits,
      dropped.map((at) => this.#place(at)),
    )
    if (this.homeless) return
    this.#keptUpTo = Math.max(this.#keptUpTo, typed)
    this.#look()
  }

  /** The page is left: nothing that takes time may be relied on. */
  #leave(): void {
    try {
      journal(TAB, this.#unacknowledged())
    } catch (error) {
      if (!(error instanceof DOMException)) throw error
    }
    void this.keepNow()
  }

  #unacknowledged(): KeptEdit[] {
    return this.#buffers.flatMap((buffer, position) => {
      const kept = buffer.kept
      return kept ? [{ ...this.#place(position), ...kept, at: Date.now() }] : []
    })
  }

  async #takeUp(): Promise<void> {
    let kept: KeptEdit[] = []
    try {
      const found = await keptOf(this.#document.id)
      const living = await livingTabsAmong(found.map((one) => one.tab))
      kept = found.filter((one) => !living.has(one.tab))
    } catch (error) {
      if (!(error instanceof DOMException)) throw error
      this.homeless = true
    }
    const sections = this.#document.doc?.sections ?? []
    this.#told.clear()
    this.#taken.clear()
    this.#behind.clear()
    this.#buffers = sections.map((one) => new SectionBuffer(one.text, one.version))
    const orphans: KeptEdit[] = []
    for (const one of kept) {
      const buffer = this.#buffers[this.#find(one)]
      if (!buffer || buffer.dirty) orphans.push(one)
      else buffer.restore(one)
    }
    this.orphans = orphans
    this.#surface?.lay()
    this.#look()
    this.#saveSoon()
    void this.#rehouse(kept.filter((one) => !orphans.includes(one)))
  }

  /** What was taken up is kept as this tab's, then no longer as another's; nobody waits for it. */
  async #rehouse(taken: readonly KeptEdit[]): Promise<void> {
    this.#inOutbox = new Set()
    const kept = this.keepNow()
    const own = new Set(this.#inOutbox)
    await kept
    await this.#keep(
      [],
      taken.filter((one) => one.tab !== TAB || !own.has(one.position)),
    )
  }

  /** Where a kept edit belongs now; -1 when its section is gone. */
  #find(one: KeptEdit): number {
    const sections = this.#document.doc?.sections ?? []
    if (sections[one.position]?.heading === one.heading) return one.position
    return sections.findIndex((section) => section.heading === one.heading)
  }

  #hear(change: TextChange | null, event: DocumentEvent): void {
    if (event.event === 'plan_ready' || event.event === 'outline_changed') {
      void this.#again()
      return
    }
    if (typeof event.index === 'number' && this.#buffers[event.index]) {
      if (this.#told.empty) this.#toldSince = Date.now()
      this.#told.add({
        position: event.index,
        change,
        version: typeof event.version === 'number' ? event.version : null,
        author: PERSONS.has(event.event) ? 'person' : 'model',
      })
      this.#frameSoon()
    } else if (event.event === 'job_state') {
      this.#saveSoon()
      this.#look()
    }
  }

  async #again(): Promise<void> {
    await this.keepNow()
    await this.#takeUp()
  }

  #frameSoon(): void {
    if (!this.#timers.has('frame')) this.#later('frame', FRAME_MS, () => this.#frame())
  }

  /** Shows some of what was told; all of it when it is much, or nobody looks. */
  #frame(): void {
    this.#timers.delete('frame')
    const waited = Date.now() - this.#toldSince
    if (this.#surface?.composing && waited < COMPOSING_MS) {
      this.#frameSoon()
      return
    }
    const changes = new Map<number, ChangeSet>()
    for (const one of this.#told.take(document.hidden)) this.#take(one, changes)
    if (changes.size) this.#surface?.show(changes)
    if (!this.#told.empty) this.#frameSoon()
    this.#look()
  }

  #take(told: PlaybackItem, changes: Map<number, ChangeSet>): void {
    const { position, change, version, author } = told
    const buffer = this.#buffers[position]
    if (!buffer) return
    const done = buffer.hear(change, version, author)
    const known = changes.get(position)
    if (done) changes.set(position, known ? known.compose(done) : done)
    if (version !== null && (this.#behind.get(position) ?? Infinity) <= version) {
      this.#behind.delete(position)
    }
    if (buffer.dirty) this.#saveSoon()
  }

  #saveSoon(): void {
    const waited = this.#unsavedSince ? Date.now() - this.#unsavedSince : 0
    this.#later('save', Math.min(SAVE_MS, Math.max(0, SAVE_AT_MOST_MS - waited)), () => {
      void this.save()
    })
  }

  /** Whether a section's edits wait: the model is not done with it. */
  #isHeld(position: number): boolean {
    const state = this.#document.doc?.sections[position]?.state
    const job = this.#document.job?.state
    const active = job === 'running' || job === 'queued' || job === 'paused'
    return state === 'writing' && active && !this.#taken.has(position)
  }

  async #send(position: number): Promise<void> {
    const buffer = this.#buffers[position]
    if (!buffer?.dirty || buffer.inFlight || buffer.conflict || this.#isHeld(position)) return
    if (this.#behind.has(position) || this.#told.has(position)) return
    const { text, version } = buffer.send()
    this.#look()
    try {
      buffer.acknowledge(await this.#put(position, text, version))
      this.#offline = false
      this.#tries = 0
      this.#taken.delete(position)
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      buffer.refuse()
      this.#failed(position, error)
    }
    if (buffer.dirty && !this.#offline) this.#saveSoon()
    await this.keepNow()
    this.#look()
  }

  async #put(position: number, text: string, version: number): Promise<number> {
    const path = { document_id: this.#document.id, position }
    const saved = api.PUT('/api/documents/{document_id}/sections/{position}', {
      params: { path },
      body: { text, version },
    })
    return (await ok(saved)).version
  }

  #failed(position: number, problem: Problem): void {
    if (problem.status === 409 && typeof problem.more.version === 'number') {
      // What was changed comes with the events; if they are stuck, all is read again.
      if (problem.more.version > (this.#buffers[position]?.version ?? 0)) {
        this.#behind.set(position, problem.more.version)
        this.#later('behind', CATCH_UP_MS, () => {
          if (this.#behind.size) void this.#document.open().then(() => this.#again())
        })
      }
    } else if (problem.status === 0 || problem.status >= 500 || problem.status === 429) {
      this.#offline = true
      const wait = RETRY_MS[Math.min(this.#tries, RETRY_MS.length - 1)] ?? 8000
      this.#tries += 1
      this.#later('retry', wait, () => void this.save())
    } else {
      this.refusal = problem
    }
  }

  #retry(): void {
    this.#tries = 0
    void this.save()
  }

  #shownOrHidden(): void {
    if (document.hidden) void this.keepNow()
    void this.save()
  }

  #place(position: number): Pick<KeptEdit, 'document' | 'position' | 'heading' | 'tab'> {
    const heading = this.#document.doc?.sections[position]?.heading ?? ''
    return { document: this.#document.id, position, heading, tab: TAB }
  }

  async #keep(...what: Parameters<typeof keep>): Promise<void> {
    if (!what[0].length && !what[1].length) return
    try {
      await keep(...what)
      this.homeless = false
    } catch (error) {
      if (!(error instanceof DOMException)) throw error
      this.homeless = true
    }
  }

  #look(): void {
    const dirty = this.#buffers.flatMap((one, at) => (one.dirty ? [at] : []))
    const held = dirty.filter((at) => this.#isHeld(at))
    const conflicts = dirty.filter((at) => this.#buffers[at]?.conflict)
    if (held.join() !== this.held.join()) this.held = held
    if (conflicts.join() !== this.conflicts.join()) this.conflicts = conflicts
    this.status = conflicts.length
      ? 'conflict'
      : dirty.length && this.#keptUpTo < this.#typed
        ? 'saving' // it is nowhere yet but on screen
        : dirty.length && (this.#offline || this.refusal)
          ? 'kept'
          : dirty.length > held.length
            ? 'saving'
            : held.length
              ? 'held'
              : 'saved'
  }

  #later(name: string, milliseconds: number, run: () => void): void {
    clearTimeout(this.#timers.get(name))
    this.#timers.set(name, setTimeout(run, milliseconds))
  }
}
