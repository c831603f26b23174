/** The open document: its sections as the server has them, kept up to date by its events. */

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

type Heard = (change: TextChange | null, event: DocumentEvent) => void

export class OpenDocument {
  readonly id: string
  doc = $state.raw<DocumentOut | null>(null)
  job = $state.raw<JobOut | null>(null)
  progress = $state.raw<Progress | null>(null)
  connection = $state<Connection>('connecting')
  problem = $state.raw<Problem | null>(null)

  #end: (() => void) | null = null
  #listeners = new Set<Heard>()
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
      // The copy that a browser keeps for when the server is away may be older than what is here.
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
          this.#queue = this.#queue.then(() => this.#take(event))
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

  /** Calls `heard` after each event, with what it did to a text; returns what ends that. */
  listen(heard: Heard): () => void {
    this.#listeners.add(heard)
    return () => this.#listeners.delete(heard)
  }

  get writing(): boolean {
    return this.job?.state === 'running' || this.job?.state === 'queued'
  }

  /** What the document is written in: as the brief says, else as its task is. */
  get language(): 'en' | 'zh' {
    const brief = this.doc?.brief
    return brief?.language ?? (/\p{Script=Han}/u.test(brief?.task ?? '') ? 'zh' : 'en')
  }

  async write(): Promise<void> {
    const params = { path: { document_id: this.id } }
    this.job = await ok(api.POST('/api/documents/{document_id}/write', { params }))
  }

  async pause(): Promise<void> {
    await this.#ask('pause')
  }

  async cancel(): Promise<void> {
    await this.#ask('cancel')
  }

  /** Has a section written again, from its heading on; its text stays among the revisions. */
  async again(position: number): Promise<void> {
    const params = { path: { document_id: this.id, position } }
    const path = '/api/documents/{document_id}/sections/{position}/retry'
    this.job = await ok(api.POST(path, { params }))
  }

  /** Leaves a section as it is: no writer changes it again. */
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

  /** Changes the brief and how carefully it is followed. @throws Problem */
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

  async #ask(what: 'pause' | 'cancel'): Promise<void> {
    if (!this.job) return
    const params = { path: { job_id: this.job.id } }
    this.job = await ok(api.POST(`/api/jobs/{job_id}/${what}`, { params }))
  }

  async #take(event: DocumentEvent): Promise<void> {
    const folded = this.doc && fold(this.doc, event)
    if (!folded) return
    if (folded.reload) {
      await this.open()
      this.#tell(null, event)
      return
    }
    this.doc = folded.document
    if (event.event === 'progress') this.progress = event as unknown as Progress
    if (event.event === 'job_state') await this.#readJob()
    if (event.event === 'section_started' && this.job?.state !== 'running') await this.#readJob()
    this.#tell(folded.change, event)
  }

  #tell(change: TextChange | null, event: DocumentEvent): void {
    for (const heard of this.#listeners) heard(change, event)
  }

  async #readJob(): Promise<void> {
    const params = { path: { document_id: this.id } }
    try {
      this.job = await ok(api.GET('/api/documents/{document_id}/job', { params }))
    } catch (error) {
      // Away for a moment: the next event about the job reads it.
      if (!(error instanceof Problem)) throw error
    }
  }
}
