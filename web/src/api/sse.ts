/** Server-sent events: of a document, of the system, and of a request whose answer is streamed. */

import { locale } from '../i18n/locale.svelte'
import { currentCsrf } from './client'
import { problem, unreachable } from './errors'

export type Connection = 'connecting' | 'live' | 'lost'

export interface ServerEvent {
  readonly id: string
  readonly name: string
  readonly data: unknown
}

const RETRY_MS = [500, 1000, 2000, 4000] as const
const SILENCE_MS = 40_000 // the server gives a sign of life every 15 s

/**
 * Follows the events of `address`; reconnects after any break with the last event id it saw.
 *
 * @returns a function that ends it.
 */
export function follow(
  address: string,
  last: string,
  heard: (event: ServerEvent) => void,
  changed: (connection: Connection) => void,
): () => void {
  const ended = new AbortController()
  const wake = new EventTarget()
  const again = () => wake.dispatchEvent(new Event('wake'))
  addEventListener('online', again, { signal: ended.signal })
  document.addEventListener('visibilitychange', again, { signal: ended.signal })
  void (async () => {
    for (let tries = 0; !ended.signal.aborted; tries += 1) {
      changed('connecting')
      try {
        for await (const event of read(address, last, ended.signal, () => {
          tries = 0
          changed('live')
        })) {
          if (event.id) last = event.id
          heard(event)
        }
      } catch (error) {
        if (ended.signal.aborted) return
        if (!(error instanceof Error)) throw error
      }
      changed('lost')
      await pause(RETRY_MS[Math.min(tries, RETRY_MS.length - 1)] ?? 4000, wake, ended.signal)
    }
  })()
  return () => ended.abort()
}

/**
 * Sends a request whose answer is a stream of events; ends with the answer, or by `signal`.
 *
 * @throws Problem when it is refused, or an event says `problem`.
 */
export async function* ask(
  address: string,
  body: unknown,
  signal: AbortSignal,
): AsyncGenerator<ServerEvent> {
  const headers: Record<string, string> = {
    Accept: 'text/event-stream',
    'Accept-Language': locale(),
    'Content-Type': 'application/json',
  }
  const csrf = currentCsrf()
  if (csrf !== null) headers['X-CSRF-Token'] = csrf
  let answer: Response
  try {
    answer = await fetch(address, { method: 'POST', headers, body: JSON.stringify(body), signal })
  } catch (error) {
    if (signal.aborted) return
    throw error instanceof TypeError ? unreachable() : error
  }
  if (!answer.ok) throw problem(answer.status, await answer.json().catch(() => null))
  for await (const event of events(answer, signal)) {
    if (event.name === 'problem') {
      throw problem(Number((event.data as { status?: number }).status ?? 503), event.data)
    }
    yield event
  }
}

async function* read(
  address: string,
  last: string,
  signal: AbortSignal,
  opened: () => void,
): AsyncGenerator<ServerEvent> {
  const headers: Record<string, string> = {
    Accept: 'text/event-stream',
    'Accept-Language': locale(),
  }
  if (last) headers['Last-Event-ID'] = last
  const answer = await fetch(address, { headers, signal, cache: 'no-store' })
  if (!answer.ok) throw problem(answer.status, await answer.json().catch(() => null))
  opened()
  yield* events(answer, signal)
}

async function* events(answer: Response, signal: AbortSignal): AsyncGenerator<ServerEvent> {
  if (!answer.body) return
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader()
  const parse = parser()
  try {
    while (!signal.aborted) {
      const { value, done } = await within(reader.read(), SILENCE_MS)
      if (done) return
      yield* parse(value)
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

/**
 * Splits a stream of text into events, wherever it was cut.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 */
export function parser(): (text: string) => ServerEvent[] {
  let rest = ''
  return (text) => {
    rest += text
    const complete: ServerEvent[] = []
    for (;;) {
      const end = /\r\n\r\n|\n\n|\r\r/.exec(rest)
      if (!end) return complete
      const block = rest.slice(0, end.index)
      rest = rest.slice(end.index + end[0].length)
      const event = parseBlock(block)
      if (event) complete.push(event)
    }
  }
}

function parseBlock(block: string): ServerEvent | null {
  let id = ''
  let name = 'message'
  const data: string[] = []
  for (const line of block.split(/\r\n|\n|\r/)) {
    const colon = line.indexOf(':')
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (field === 'id') id = value
    else if (field === 'event') name = value
    else if (field === 'data') data.push(value)
  }
  if (!data.length) return null
  return { id, name, data: JSON.parse(data.join('\n')) }
}

async function within<T>(work: Promise<T>, milliseconds: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, refuse) => {
    timer = setTimeout(() => refuse(new Error('silence')), milliseconds)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

function pause(milliseconds: number, wake: EventTarget, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const timer = setTimeout(done, milliseconds)
    const now = () => {
      clearTimeout(timer)
      done()
    }
    wake.addEventListener('wake', now, { once: true })
    signal.addEventListener('abort', now, { once: true })
  })
}
