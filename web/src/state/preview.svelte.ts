/** The server's preview of the brief in the form, requested when typing pauses. */

import { api, ok } from '../api/client'
import { Problem } from '../api/errors'
import type { Schema } from '../api/types'
import type { Brief } from '../document/brief'

const PAUSE_MS = 450

export class LivePreview {
  shown = $state.raw<Schema['BriefPreviewOut'] | null>(null)
  problem = $state.raw<Problem | null>(null)
  busy = $state(false)

  #timer: ReturnType<typeof setTimeout> | undefined
  #request: AbortController | null = null
  #last = ''

  /** Requests a preview of `brief` after a pause; `null` keeps the last one. */
  update(brief: Brief | null, pause = PAUSE_MS): void {
    const now = JSON.stringify(brief)
    if (now === this.#last) return
    this.#last = now
    clearTimeout(this.#timer)
    this.#request?.abort()
    this.busy = brief !== null
    if (brief) this.#timer = setTimeout(() => void this.#ask(brief), pause)
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#request?.abort()
  }

  async #ask(brief: Brief): Promise<void> {
    const request = new AbortController()
    this.#request = request
    try {
      const { signal } = request
      this.shown = await ok(api.POST('/api/brief/preview', { body: { brief }, signal }))
      this.problem = null
    } catch (error) {
      if (request.signal.aborted) return
      if (!(error instanceof Problem)) throw error
      this.problem = error
      this.#last = ''
    }
    this.busy = false
  }
}
