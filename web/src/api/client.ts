/** The only way to the server: typed by its own OpenAPI document. */

import createClient, { type Middleware } from 'openapi-fetch'
import { locale } from '../i18n/locale.svelte'
import type { components, paths } from './schema'

export type Schema = components['schemas']
export type DocumentOut = Schema['DocumentOut']
export type SectionOut = Schema['SectionOut']
export type JobOut = Schema['JobOut']

/** What the server refused, in the user's words; `status` is 0 when it could not be reached. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly remedy = '',
    readonly more: Record<string, unknown> = {},
  ) {
    super(remedy ? `${detail} ${remedy}` : detail)
    this.name = 'Problem'
  }
}

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
export async function ok<T>(asked: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>
  try {
    answer = await asked
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw unreachable()
  }
  if (answer.response.ok) return answer.data as T
  throw problem(answer.response.status, answer.error)
}

export function problem(status: number, body: unknown): Problem {
  const { code, detail, remedy, ...more } = (body ?? {}) as Record<string, unknown>
  return new Problem(
    status,
    typeof code === 'string' ? code : 'Http',
    typeof detail === 'string' ? detail : `HTTP ${status}`,
    typeof remedy === 'string' ? remedy : '',
    more,
  )
}

export function unreachable(): Problem {
  return locale() === 'zh'
    ? new Problem(
        0,
        'Unreachable',
        '无法连接服务器。',
        '内容已保存在本浏览器中，恢复后会自动同步。',
      )
    : new Problem(
        0,
        'Unreachable',
        'The server cannot be reached.',
        'Your text is kept in this browser and sent when it is back.',
      )
}
