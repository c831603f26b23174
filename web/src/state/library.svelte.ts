/** The user's documents: create, import, list, search, copy and delete them. */

import { api, ok } from '../api/client'
import { Problem } from '../api/errors'
import type { Schema } from '../api/types'
import type { Brief, Mode } from '../document/brief'
import { type Summary, updated } from '../document/library'

const PAGE = 500
const RECENT = 20

/**
 * A new document; the same `key` makes it once, however often it is sent.
 *
 * @returns its id.
 * @throws Problem
 */
export async function begin(
  brief: Brief,
  mode: Mode,
  start: boolean,
  key: string = crypto.randomUUID(),
): Promise<string> {
  const created = await ok(
    api.POST('/api/documents', {
      params: { header: { 'Idempotency-Key': key } },
      body: { brief, mode, start },
    }),
  )
  return created.document.id
}

/**
 * A new document from a file.
 *
 * @returns its id.
 * @throws Problem
 */
export async function importFile(file: File): Promise<string> {
  const content = await base64(file)
  const imported = await ok(api.POST('/api/import', { body: { name: file.name, content } }))
  return imported.document.id
}

function base64(file: File): Promise<string> {
  return new Promise((done, failed) => {
    const reader = new FileReader()
    reader.onload = () => done(String(reader.result).replace(/^[^,]*,/, ''))
    reader.onerror = () => failed(new Problem(0, 'Unreadable', file.name))
    reader.readAsDataURL(file)
  })
}

export class Library {
  documents = $state.raw<readonly Summary[]>([])
  trash = $state.raw<readonly Summary[]>([])
  loaded = $state(false)
  problem = $state.raw<Problem | null>(null)
  /** Pending moves into the trash or out of it. */
  readonly #moving = new Set<Promise<unknown>>()

  /** All documents, a page at a time. */
  async load(): Promise<void> {
    try {
      this.documents = await pages(false)
      this.problem = null
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      this.problem = error
    }
    this.loaded = true
  }

  /** Reads the recently changed documents, among them those being written. */
  async refresh(): Promise<void> {
    const query = { limit: RECENT }
    try {
      const recent = await ok(api.GET('/api/documents', { params: { query } }))
      this.documents = updated(this.documents, recent)
    } catch (error) {
      if (!(error instanceof Problem)) throw error
    }
  }

  /** Reads the trash after pending moves have finished. */
  async loadTrash(): Promise<void> {
    await Promise.allSettled(this.#moving)
    this.trash = await pages(true)
  }

  /** Sections whose text has the words. @throws Problem */
  async search(q: string): Promise<Schema['HitOut'][]> {
    return await ok(api.GET('/api/search', { params: { query: { q } } }))
  }

  /** @throws Problem */
  async rename(id: string, title: string): Promise<void> {
    await this.#patch(id, { title }, (document) => ({ ...document, title }))
  }

  /** @throws Problem */
  async tag(id: string, tags: string[]): Promise<void> {
    await this.#patch(id, { tags }, (document) => ({ ...document, tags }))
  }

  /** @throws Problem */
  async copy(id: string): Promise<void> {
    const params = { path: { document_id: id } }
    await ok(api.POST('/api/documents/{document_id}/copy', { params, body: {} }))
    await this.refresh()
  }

  /** @throws Problem */
  async throwAway(id: string): Promise<void> {
    const params = { path: { document_id: id } }
    await this.#moved(ok(api.POST('/api/documents/{document_id}/trash', { params })))
    this.documents = this.documents.filter((document) => document.id !== id)
  }

  /** @throws Problem */
  async bringBack(id: string): Promise<void> {
    const params = { path: { document_id: id } }
    await this.#moved(ok(api.POST('/api/documents/{document_id}/untrash', { params })))
    this.trash = this.trash.filter((document) => document.id !== id)
    await this.load()
  }

  /** For good. @throws Problem */
  async empty(): Promise<void> {
    await ok(api.DELETE('/api/trash'))
    await this.loadTrash()
  }

  async #moved(move: Promise<unknown>): Promise<void> {
    this.#moving.add(move)
    try {
      await move
    } finally {
      this.#moving.delete(move)
    }
  }

  async #patch(
    id: string,
    body: Schema['DocumentPatch'],
    patch: (document: Summary) => Summary,
  ): Promise<void> {
    const params = { path: { document_id: id } }
    await ok(api.PATCH('/api/documents/{document_id}', { params, body }))
    this.documents = this.documents.map((document) =>
      document.id === id ? patch(document) : document,
    )
  }
}

async function pages(deleted: boolean): Promise<Summary[]> {
  const documents: Summary[] = []
  for (;;) {
    const before = documents.at(-1)?.updated ?? null
    const query = { limit: PAGE, deleted, before }
    const page = await ok(api.GET('/api/documents', { params: { query } }))
    documents.push(...page)
    if (page.length < PAGE) return documents
  }
}
