/** Short messages in the corner: what was done, with a way back, or what went wrong. */

import { Problem } from '../api/errors'

export interface Notice {
  readonly id: number
  readonly kind: 'done' | 'problem'
  readonly text: string
  readonly remedy: string
  /** What may be done about it: "Undo". */
  readonly action?: { readonly label: string; readonly run: () => void }
}

const SHOWN_MS = 6000
let next = 1
const state = $state<{ shown: Notice[] }>({ shown: [] })

export function notices(): readonly Notice[] {
  return state.shown
}

/** Shows a success message for some seconds, or with `stays` until it is dismissed. */
export function notify(text: string, action?: Notice['action'], stays = false): void {
  add({ id: next++, kind: 'done', text, remedy: '', ...(action ? { action } : {}) }, stays)
}

/** Shows a `Problem`; rethrows any other error, since it is a bug. */
export function notifyProblem(error: unknown): void {
  if (error instanceof DOMException && error.name === 'AbortError') return
  if (!(error instanceof Problem)) throw error
  add({ id: next++, kind: 'problem', text: error.detail, remedy: error.remedy })
}

export function dismiss(id: number): void {
  state.shown = state.shown.filter((notice) => notice.id !== id)
}

function add(notice: Notice, stays = false): void {
  state.shown = [...state.shown.filter((shown) => shown.text !== notice.text).slice(-3), notice]
  if (notice.kind === 'done' && !stays) setTimeout(() => dismiss(notice.id), SHOWN_MS)
}
