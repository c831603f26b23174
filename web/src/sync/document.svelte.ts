/** The open document: the sections of the server, updated by its event stream. */

import { api, ok } from '../api/client'
import { Problem, unreachable } from '../api/errors'
import type { DocumentOut, JobOut, Schema } from '../api/types'
import { type Connection, follow } from '../api/sse'
import { type DocumentEvent, fold, type TextChange } from '../document/events'

export interface Progress {
  readonly words: number
  readonly planned: number
  readonly tokens_per_second: number
  readonly seconds_left: number | null
}

type Listener = (change: TextChange | null, event: DocumentEvent) => void

export class OpenDocument {
  readonly id: string
  doc = $state.raw<DocumentOut | null>(null)
  job = $state.raw<JobOut | null>(null)
  progress = $state.raw<Progress | null>(null)
  connection = $state<Connection>('connecting')
  problem = $state.raw<Problem | null>(null)

  #end: (() => void) | null = null
  #listeners = new Set<Listener>()
  #queue: Promise<void> = Promise.resolve()

  constructor(id: string) {
    this.id = id
  }

  /** Reads the document and follows it from there; again after a change of its outline. */
  async open(): Promise<void> {
    this.#end?.()
    this.#end = null
    try {
      const params = { path: { document_id: this.id } }
      const doc = await ok(api.GET('/api/documents/{document_id}', { params }))
      // While the server is away, the service worker may answer with an older copy.
      if (this.doc && doc.last_event < this.doc.last_event) throw unreachable()
      this.doc = doc
      this.problem = null
      await this.#readJob()
      const address = `/api/documents/${encodeURIComponent(this.id)}/events`
      this.#end = follow(
        address,
        String(doc.last_event),
        ({ id, data }) => {
          const event = { ...(data as object), id: Number(id) } as DocumentEvent
          this.#queue = this.#queue.then(() => this.#apply(event))
        },
        (connection) => (this.connection = connection),
      )
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      this.problem = error
    }
  }

  close(): void {
    this.#end?.()
    this.#end = null
  }

  /** Calls `listener` after each event with its change of a text; returns a function that ends it. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  get writing(): boolean {
    return this.job?.state === 'running' || this.job?.state === 'queued'
  }

  /** The language of the document: that of the brief, or else of its task. */
  get language(): 'en' | 'zh' {
    const brief = this.doc?.brief
    return brief?.language ?? (/\p{Script=Han}/u.test(brief?.task ?? '') ? 'zh' : 'en')
  }

  async write(): Promise<void> {
    const params = { path: { document_id: this.id } }
    this.job = await ok(api.POST('/api/documents/{document_id}/write', { params }))
  }

  async pause(): Promise<void> {
    await this.#control('pause')
  }

  async cancel(): Promise<void> {
    await this.#control('cancel')
  }

  /** Requests that a section is rewritten; its text stays among the revisions. */
  async again(position: number): Promise<void> {
    const params = { path: { document_id: this.id, position } }
    const path = '/api/documents/{document_id}/sections/{position}/retry'
    this.job = await ok(api.POST(path, { params }))
  }

  /** Marks a section as final, so that no writer changes it again. */
  async skip(position: number): Promise<void> {
    const params = { path: { document_id: this.id, position } }
    await ok(api.POST('/api/documents/{document_id}/sections/{position}/skip', { params }))
  }

  /** Saves a section's text over `version`; returns the new version. @throws Problem */
  async saveSection(position: number, text: string, version: number): Promise<number> {
    const params = { path: { document_id: this.id, position } }
    const body = { text, version }
    const path = '/api/documents/{document_id}/sections/{position}'
    return (await ok(api.PUT(path, { params, body }))).version
  }

  /** Changes the brief and the writing mode. @throws Problem */
  async update(brief: Schema['Brief-Input'], mode: 'careful' | 'draft'): Promise<void> {
    const params = { path: { document_id: this.id } }
    await ok(api.PATCH('/api/documents/{document_id}', { params, body: { brief, mode } }))
    await this.open()
  }

  /** Gives a section another heading. @throws Problem */
  async rename(position: number, heading: string): Promise<void> {
    if (!this.doc) return
    const { title } = this.doc
    const sections = this.doc.sections.map((section) => ({
      heading: section.position === position ? heading : section.heading,
      words: section.words_planned,
      intent: section.intent,
      chapter: section.chapter,
      origin: section.position,
    }))
    const params = { path: { document_id: this.id } }
    await ok(api.PUT('/api/documents/{document_id}/outline', { params, body: { title, sections } }))
  }

  async #control(action: 'pause' | 'cancel'): Promise<void> {
    if (!this.job) return
    const params = { path: { job_id: this.job.id } }
    this.job = await ok(api.POST(`/api/jobs/{job_id}/${action}`, { params }))
  }

  async #apply(event: DocumentEvent): Promise<void> {
    const folded = this.doc && fold(this.doc, event)
    if (!folded) return
    if (folded.reload) {
      await this.open()
      this.#notify(null, event)
      return
    }
    this.doc = folded.document
    if (event.event === 'progress') this.progress = event as unknown as Progress
    if (event.event === 'job_state') await this.#readJob()
    if (event.event === 'section_started' && this.job?.state !== 'running') await this.#readJob()
    this.#notify(folded.change, event)
  }

  #notify(change: TextChange | null, event: DocumentEvent): void {
    for (const listener of this.#listeners) listener(change, event)
  }

  async #readJob(): Promise<void> {
    const params = { path: { document_id: this.id } }
    try {
      this.job = await ok(api.GET('/api/documents/{document_id}/job', { params }))
    } catch (error) {
      // The next event about the job reads it again.
      if (!(error instanceof Problem)) throw error
    }
  }
}
