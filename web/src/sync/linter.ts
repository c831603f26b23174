/** Sends changed sections to the server's linter, one at a time, once typing pauses. */

import { api, ok } from '../api/client'
import { Problem } from '../api/errors'
import type { Schema } from '../api/types'
import type { SyncEngine } from './sync-engine.svelte'
import type { OpenDocument } from './document.svelte'

export type Diagnostic = Schema['DiagnosticOut']

const PAUSE_MS = 900
const CACHE_SIZE = 500

export class Linter {
  readonly #open: OpenDocument
  readonly #sync: SyncEngine
  readonly #onDiagnostics: (position: number, text: string, diagnostics: Diagnostic[]) => void
  #cache = new Map<string, Diagnostic[]>()
  #reported = new Map<number, string>()
  #waiting = new Set<number>()
  #timer: ReturnType<typeof setTimeout> | undefined
  #busy = false
  #ended = false

  constructor(
    open: OpenDocument,
    sync: SyncEngine,
    onDiagnostics: (position: number, text: string, diagnostics: Diagnostic[]) => void,
  ) {
    this.#open = open
    this.#sync = sync
    this.#onDiagnostics = onDiagnostics
  }

  /** Lints a section after a pause; without `position`, all sections. */
  changed(position?: number): void {
    if (position !== undefined) this.#waiting.add(position)
    else for (const section of this.#open.doc?.sections ?? []) this.#waiting.add(section.position)
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#work(), PAUSE_MS)
  }

  /** Lints all sections again after a change of the outline. */
  forget(): void {
    this.#reported.clear()
    this.changed()
  }

  end(): void {
    this.#ended = true
    clearTimeout(this.#timer)
  }

  async #work(): Promise<void> {
    if (this.#busy) return
    this.#busy = true
    try {
      for (const position of this.#waiting) {
        if (this.#ended) return
        this.#waiting.delete(position)
        await this.#read(position)
      }
    } catch (error) {
      // The server is away; the next change after its return lints again.
      if (!(error instanceof Problem)) throw error
    } finally {
      this.#busy = false
    }
  }

  async #read(position: number): Promise<void> {
    const section = this.#open.doc?.sections[position]
    if (!section || section.state === 'writing') return
    const text = this.#sync.text(position)
    if (this.#reported.get(position) === text) return
    let diagnostics = this.#cache.get(text)
    if (!diagnostics) {
      const body = { text, language: this.#open.language, unsafe: false }
      diagnostics = text.trim() ? await ok(api.POST('/api/lint', { body })) : []
      if (this.#cache.size > CACHE_SIZE) this.#cache.clear()
      this.#cache.set(text, diagnostics)
    }
    const { faults } = section
    const stored = text === section.text ? faults.filter((fault) => !has(diagnostics, fault)) : []
    this.#reported.set(position, text)
    this.#onDiagnostics(position, text, [
      ...diagnostics,
      ...stored.map((fault) => ({ ...fault, fix: null }) as Diagnostic),
    ])
  }
}

function has(diagnostics: readonly Diagnostic[], fault: { code: string; start: number }): boolean {
  return diagnostics.some(
    (diagnostic) => diagnostic.code === fault.code && diagnostic.start === fault.start,
  )
}
