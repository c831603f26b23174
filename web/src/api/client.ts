/** The only way to the server: typed by its own OpenAPI document. */

import createClient, { type Middleware } from 'openapi-fetch'
import { locale } from '../i18n/locale.svelte'
import { problem, unreachable } from './errors'
import type { paths } from './schema'

/** Told by the window when the service worker answered with a copy; `detail` is when it was made. */
export const COPY_READ = 'xiezuo-copy'

let csrf: string | null = null

export function currentCsrf(): string | null {
  return csrf
}

/** The token that a browser's session needs for changes. */
export function setCsrf(token: string | null): void {
  csrf = token
}

const headers: Middleware = {
  onRequest({ request }) {
    request.headers.set('Accept-Language', locale())
    if (csrf !== null) request.headers.set('X-CSRF-Token', csrf)
    return request
  },
  onResponse({ response }) {
    const made = response.headers.get('X-Xiezuo-Copy')
    if (made) dispatchEvent(new CustomEvent(COPY_READ, { detail: Number(made) / 1000 }))
    return undefined
  },
}

export const api = createClient<paths>({ baseUrl: location.origin })
api.use(headers)

interface Answer<T> {
  data?: T
  error?: unknown
  response: Response
}

/**
 * The data of an answer.
 *
 * @throws Problem when the server refused, or could not be reached.
 */
export async function ok<T>(request: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>
  try {
    answer = await request
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw unreachable()
  }
  if (answer.response.ok) return answer.data as T
  throw problem(answer.response.status, answer.error)
}
