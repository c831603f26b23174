/** What the brief that is being typed comes to, asked for when the typing pauses. */

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
  #asked: AbortController | null = null
  #last = ''

  /** Shows `brief` soon; with `null` what is shown stays, as of a brief that cannot be sent. */
  update(brief: Brief | null, pause = PAUSE_MS): void {
    const now = JSON.stringify(brief)
    if (now === this.#last) return
    this.#last = now
    clearTimeout(this.#timer)
    this.#asked?.abort()
    this.busy = brief !== null
    if (brief) this.#timer = setTimeout(() => void this.#ask(brief), pause)
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#asked?.abort()
  }

  async #ask(brief: Brief): Promise<void> {
    const asked = new AbortController()
    this.#asked = asked
    try {
      const { signal } = asked
      this.shown = await ok(api.POST('/api/brief/preview', { body: { brief }, signal }))
      this.problem = null
    } catch (error) {
      if (asked.signal.aborted) return
      if (!(error instanceof Problem)) throw error
      this.problem = error
      this.#last = ''
    }
    this.busy = false
  }
}
