/** Sends changed sections to the server's linter, one at a time, once typing pauses. */

import { api, ok } from '../api/client'
import { Problem } from '../api/errors'
import type { Schema } from '../api/types'
import type { SyncEngine } from './sync-engine.svelte'
import type { OpenDocument } from './document.svelte'

export type Diagnostic = Schema['DiagnosticOut']

const CALM_MS = 900
const REMEMBERED = 500

export class Linter {
  readonly #open: OpenDocument
  readonly #sync: SyncEngine
  readonly #found: (position: number, text: string, told: Diagnostic[]) => void
  #known = new Map<string, Diagnostic[]>()
  #shown = new Map<number, string>()
  #waiting = new Set<number>()
  #timer: ReturnType<typeof setTimeout> | undefined
  #busy = false
  #ended = false

  constructor(
    open: OpenDocument,
    sync: SyncEngine,
    found: (position: number, text: string, told: Diagnostic[]) => void,
  ) {
    this.#open = open
    this.#sync = sync
    this.#found = found
  }

  /** A section has changed, or with none given all may have. */
  changed(position?: number): void {
    if (position !== undefined) this.#waiting.add(position)
    else for (const section of this.#open.doc?.sections ?? []) this.#waiting.add(section.position)
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#work(), CALM_MS)
  }

  /** The outline has changed: what was found is nowhere. */
  forget(): void {
    this.#shown.clear()
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
      // The server is away: when it is back, the next change asks again.
      if (!(error instanceof Problem)) throw error
    } finally {
      this.#busy = false
    }
  }

  async #read(position: number): Promise<void> {
    const section = this.#open.doc?.sections[position]
    if (!section || section.state === 'writing') return
    const text = this.#sync.text(position)
    if (this.#shown.get(position) === text) return
    let told = this.#known.get(text)
    if (!told) {
      const body = { text, language: this.#open.language, unsafe: false }
      told = text.trim() ? await ok(api.POST('/api/lint', { body })) : []
      if (this.#known.size > REMEMBERED) this.#known.clear()
      this.#known.set(text, told)
    }
    const { faults } = section
    const more = text === section.text ? faults.filter((fault) => !has(told, fault)) : []
    this.#shown.set(position, text)
    this.#found(position, text, [
      ...told,
      ...more.map((fault) => ({ ...fault, fix: null }) as Diagnostic),
    ])
  }
}

function has(told: readonly Diagnostic[], fault: { code: string; start: number }): boolean {
  return told.some(
    (diagnostic) => diagnostic.code === fault.code && diagnostic.start === fault.start,
  )
}
