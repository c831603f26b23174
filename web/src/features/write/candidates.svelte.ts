/** Alternative texts of a section, streamed as the model writes them. */

import { ask } from '../../api/sse'
import type { Schema } from '../../api/types'
import { utf16Offset } from '../../document/offsets'

export interface Candidate {
  readonly id: number
  readonly text: string
  readonly done: Schema['CandidateOut'] | null
}

export interface Wish {
  readonly temperature: number
  readonly instruction: string
}

export class Candidates {
  all = $state.raw<readonly Candidate[]>([])
  writing = $state(false)
  #abort = new AbortController()

  /** Writes one more text of a section. @throws Problem */
  async write(document: string, position: number, wish: Wish): Promise<void> {
    const abort = new AbortController()
    this.#abort = abort
    this.writing = true
    const id = encodeURIComponent(document)
    const address = `/api/documents/${id}/sections/${position}/candidates`
    let candidate: Candidate = { id: this.all.length + 1, text: '', done: null }
    this.all = [...this.all, candidate]
    try {
      for await (const { name, data } of ask(address, wish, abort.signal)) {
        candidate = changed(candidate, name, data)
        this.all = this.all.map((shown) => (shown.id === candidate.id ? candidate : shown))
      }
    } finally {
      if (this.#abort === abort) this.writing = false
    }
  }

  stop(): void {
    this.#abort.abort()
  }
}

function changed(candidate: Candidate, name: string, data: unknown): Candidate {
  const { text = '', length = 0 } = data as { text?: string; length?: number }
  if (name === 'text') return { ...candidate, text: candidate.text + text }
  if (name === 'replaced') return { ...candidate, text }
  if (name === 'cut') {
    return { ...candidate, text: candidate.text.slice(0, utf16Offset(candidate.text, length)) }
  }
  return name === 'done' ? { ...candidate, text, done: data as Schema['CandidateOut'] } : candidate
}
