/** The editor of the open document's outline; unsaved changes survive a reload. */

import { api, ok } from '../api/client'
import { Problem } from '../api/errors'
import type { DocumentOut } from '../api/types'
import type { OpenDocument } from '../sync/document.svelte'
import {
  begun,
  edited,
  type History,
  rebased,
  redone,
  stored,
  undone,
} from '../document/outline-changes'
import {
  type Outline,
  outlineFrom,
  outlineOf,
  placed,
  type Plan,
  regenerated,
  same,
  sectionsOf,
  setSection,
} from '../document/outline'

export interface Proposal {
  readonly outline: Outline
  /** The section that it is about; `null` for the whole. */
  readonly section: number | null
}

export class OutlineEditor {
  history = $state.raw<History>(begun({ title: '', chapters: [] }))
  making = $state(false)
  saving = $state(false)
  /** The section whose heading is being regenerated; 0 for the whole outline. */
  asking = $state<number | null>(null)
  proposal = $state.raw<Proposal | null>(null)
  busy = $state(false)
  elsewhere = $state(false)
  recovered = $state(false)
  problem = $state.raw<Problem | null>(null)

  #open: OpenDocument
  #base = $state.raw<Outline>({ title: '', chapters: [] })
  #signature = ''
  #request: AbortController | null = null
  #seed: number

  constructor(open: OpenDocument) {
    this.#open = open
    this.#seed = open.doc?.seed ?? 1
    if (open.doc) this.#show(open.doc)
    this.#recover()
  }

  get outline(): Outline {
    return this.history.present
  }

  get dirty(): boolean {
    return !same(this.#base, this.outline)
  }

  get exists(): boolean {
    return sectionsOf(this.outline).length > 0 || this.dirty
  }

  edit(outline: Outline, kind = ''): void {
    this.history = edited(this.history, outline, kind)
    this.#keep()
  }

  undo(): void {
    this.history = undone(this.history)
    this.#keep()
  }

  redo(): void {
    this.history = redone(this.history)
    this.#keep()
  }

  /** Adopts the outline of the reloaded document; with local changes, reports a conflict instead. */
  renew(doc: DocumentOut): void {
    if (signature(doc) === this.#signature) return this.#count(doc)
    if (this.saving) return
    if (this.dirty && this.exists && this.#signature !== signature({ title: null, sections: [] })) {
      this.elsewhere = true
    } else this.#show(doc)
  }

  takeTheirs(): void {
    if (this.#open.doc) this.#show(this.#open.doc)
    this.#keep()
  }

  keepMine(): void {
    const { doc } = this.#open
    if (!doc) return
    const mine = rebased(this.outline, doc)
    this.#base = outlineOf(doc)
    this.#signature = signature(doc)
    this.history = begun(mine)
    this.elsewhere = false
  }

  discard(): void {
    this.edit(this.#base)
    this.recovered = false
  }

  /** Generates and stores an outline for a document without one. @throws Problem */
  async make(): Promise<void> {
    this.making = true
    this.problem = null
    try {
      const plan = await this.#plan()
      this.history = edited(this.history, outlineFrom(plan))
      await this.save()
    } catch (error) {
      if (!this.#wasStopped(error)) this.problem = asProblem(error)
    } finally {
      this.making = false
    }
  }

  stop(): void {
    this.#request?.abort()
  }

  /** Proposes another outline; locked sections stay. @throws Problem */
  async again(): Promise<void> {
    this.asking = 0
    try {
      this.#seed = (this.#seed + 1) % 2 ** 31
      const outline = regenerated(this.outline, await this.#plan())
      this.proposal = { outline, section: null }
    } catch (error) {
      if (!this.#wasStopped(error)) throw error
    } finally {
      this.asking = null
    }
  }

  /** Proposes another heading for one section. @throws Problem */
  async heading(id: number): Promise<void> {
    const { doc } = this.#open
    const index = sectionsOf(this.outline).findIndex((section) => section.id === id)
    if (!doc || index < 0) return
    this.asking = id
    this.#request = new AbortController()
    try {
      this.#seed = (this.#seed + 1) % 2 ** 31
      const { title, sections } = placed(this.outline)
      const known = sections.map(({ heading, words, intent, chapter }) => {
        return { heading, words, intent: intent ?? null, chapter: chapter ?? null }
      })
      const plan = await ok(
        api.POST('/api/outline/again', {
          body: { plan: { brief: doc.brief, title, sections: known }, index, seed: this.#seed },
          signal: this.#request.signal,
        }),
      )
      const proposed = plan.sections[index]
      if (!proposed) return
      const patch = { heading: proposed.heading, intent: proposed.intent ?? '' }
      this.proposal = { outline: setSection(this.outline, id, patch), section: id }
    } catch (error) {
      if (!this.#wasStopped(error)) throw error
    } finally {
      this.asking = null
    }
  }

  accept(): void {
    if (this.proposal) this.edit(this.proposal.outline)
    this.proposal = null
  }

  /**
   * Stores the outline; the texts of merged sections are joined after it.
   *
   * @returns false when the document is being written, which must pause first.
   * @throws Problem
   */
  async save(): Promise<boolean> {
    const outline = this.outline
    const before = this.#open.doc
    this.saving = true
    this.busy = false
    try {
      const params = { path: { document_id: this.#open.id } }
      const doc = await ok(
        api.PUT('/api/documents/{document_id}/outline', { params, body: placed(outline) }),
      )
      if (before) await this.#join(outline, before, doc)
      await this.#open.open()
      const now = this.#open.doc ?? doc
      this.history = stored(this.history, outline, now)
      this.#base = outlineOf(now)
      this.#signature = signature(now)
      this.recovered = false
      this.#keep()
      return true
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== 'DocumentBusyError') throw error
      this.busy = true
      return false
    } finally {
      this.saving = false
    }
  }

  async #join(outline: Outline, before: DocumentOut, doc: DocumentOut): Promise<void> {
    for (const [position, merged] of sectionsOf(outline).entries()) {
      const section = doc.sections[position]
      if (!merged.joined.length || !section) continue
      const texts = merged.joined.map((origin) => before.sections[origin]?.text.trim() ?? '')
      const text = [section.text.trim(), ...texts].filter(Boolean).join('\n\n')
      const params = { path: { document_id: this.#open.id, position } }
      await ok(
        api.PUT('/api/documents/{document_id}/sections/{position}', {
          params,
          body: { text, version: section.version },
        }),
      )
    }
  }

  async #plan(): Promise<Plan> {
    const { doc } = this.#open
    if (!doc) throw new Error('no document is open')
    this.#request = new AbortController()
    // With its structure, the brief would yield the same outline again.
    const brief = this.exists ? { ...doc.brief, structure: [] } : doc.brief
    return await ok(
      api.POST('/api/outline', {
        body: { brief, seed: this.#seed },
        signal: this.#request.signal,
      }),
    )
  }

  #wasStopped(error: unknown): boolean {
    return (this.#request?.signal.aborted ?? false) && !(error instanceof Problem)
  }

  #show(doc: DocumentOut): void {
    this.#base = outlineOf(doc)
    this.#signature = signature(doc)
    this.history = begun(this.#base)
    this.elsewhere = false
    this.recovered = false
  }

  /** Updates the word counts of an unchanged outline. */
  #count(doc: DocumentOut): void {
    const lengths = new Map(
      sectionsOf(outlineOf(doc)).map((section) => [section.origin, section.written] as const),
    )
    const counted = (outline: Outline): Outline => ({
      ...outline,
      chapters: outline.chapters.map((chapter) => ({
        ...chapter,
        sections: chapter.sections.map((section) => {
          const written = lengths.get(section.origin) ?? section.written
          return section.joined.length || section.written === written
            ? section
            : { ...section, written }
        }),
      })),
    })
    this.history = { ...this.history, present: counted(this.outline) }
  }

  get #storageKey(): string {
    return `xiezuo.outline.${this.#open.id}`
  }

  #keep(): void {
    if (!this.dirty) localStorage.removeItem(this.#storageKey)
    else {
      const stored = { signature: this.#signature, outline: this.outline }
      localStorage.setItem(this.#storageKey, JSON.stringify(stored))
    }
  }

  #recover(): void {
    const text = localStorage.getItem(this.#storageKey)
    if (!text || !this.#open.doc) return
    const recovered = JSON.parse(text) as { signature: string; outline: Outline }
    const mine =
      recovered.signature === this.#signature
        ? recovered.outline
        : rebased(recovered.outline, this.#open.doc)
    this.history = edited(this.history, mine)
    this.recovered = this.dirty
    if (!this.dirty) localStorage.removeItem(this.#storageKey)
  }
}

function signature(doc: Pick<DocumentOut, 'title' | 'sections'>): string {
  const sections = doc.sections.map((section) => [
    section.heading,
    section.chapter,
    section.words_planned,
    section.intent,
  ])
  return JSON.stringify([doc.title, sections])
}

function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  throw error
}
