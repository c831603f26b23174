import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ask, type Connection, follow, parser, type ServerEvent } from '../../src/api/sse'

/** One answer of the server, which the test writes to bit by bit. */
class Answer {
  readonly response: Response
  #controller!: ReadableStreamDefaultController<Uint8Array>
  readonly cancelled: Promise<unknown>

  constructor(status = 200) {
    const cancelled = Promise.withResolvers<unknown>()
    this.cancelled = cancelled.promise
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => void (this.#controller = controller),
      cancel: cancelled.resolve,
    })
    this.response = new Response(body, { status })
  }

  bytes(bytes: Uint8Array): void {
    this.#controller.enqueue(bytes)
  }

  text(text: string): void {
    this.bytes(new TextEncoder().encode(text))
  }

  close(): void {
    this.#controller.close()
  }

  break(): void {
    this.#controller.error(new TypeError('network error'))
  }
}

/** A server that gives the answers in order, and remembers the requests. */
class Server {
  readonly requests: { address: string; headers: Record<string, string>; body: unknown }[] = []
  readonly #answers: (Answer | Error | Response)[]

  constructor(...answers: (Answer | Error | Response)[]) {
    this.#answers = answers
    vi.stubGlobal('fetch', async (address: string, init: RequestInit) => {
      const headers = init.headers as Record<string, string>
      this.requests.push({ address, headers, body: init.body })
      const answer = this.#answers.shift()
      if (!answer) return await new Promise<never>(() => undefined)
      if (answer instanceof Error) throw answer
      return answer instanceof Answer ? answer.response : answer
    })
  }

  /** What each request said it had seen last. */
  get seen(): (string | undefined)[] {
    return this.requests.map(({ headers }) => headers['Last-Event-ID'])
  }
}

const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds)
/** Lets streams that have something to read be read. */
const read = async () => {
  for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate)
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
  vi.stubGlobal('document', Object.assign(new EventTarget(), { hidden: false }))
})

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe('the parser of events', () => {
  const STREAM =
    ': hello\n\nid: 7\nevent: text_added\ndata: {"text":"茶"}\n\n' +
    'id: 8\ndata: [1,\ndata: 2]\n\nretry: 5000\n\ndata: 3\r\n\r\ndata:4\r\r'
  const EVENTS: ServerEvent[] = [
    { id: '7', name: 'text_added', data: { text: '茶' } },
    { id: '8', name: 'message', data: [1, 2] },
    { id: '', name: 'message', data: 3 },
    { id: '', name: 'message', data: 4 },
  ]

  it('passes over comments, and over what has no data', () => {
    expect(parser()(STREAM)).toEqual(EVENTS)
    expect(parser()(': ping\n\nevent: empty\n\n')).toEqual([])
  })

  it('finds the same events wherever the stream is cut', () => {
    for (let cut = 0; cut <= STREAM.length; cut += 1) {
      const parse = parser()
      expect([...parse(STREAM.slice(0, cut)), ...parse(STREAM.slice(cut))]).toEqual(EVENTS)
    }
    const parse = parser()
    expect([...STREAM].flatMap((character) => parse(character))).toEqual(EVENTS)
  })

  it('keeps a part of an event until its end has come', () => {
    const parse = parser()
    expect(parse('data: 1')).toEqual([])
    expect(parse('2\n')).toEqual([])
    expect(parse('\n')).toEqual([{ id: '', name: 'message', data: 12 }])
  })
})

describe('events that are followed', () => {
  let heard: ServerEvent[]
  let connections: Connection[]
  let end: () => void

  function begin(last = ''): void {
    heard = []
    connections = []
    end = follow(
      '/api/events',
      last,
      (event) => heard.push(event),
      (connection) => connections.push(connection),
    )
  }

  afterEach(() => end())

  it('are heard as they come, though a character is cut in two', async () => {
    const answer = new Answer()
    new Server(answer)
    begin()
    const bytes = new TextEncoder().encode('id: 1\ndata: "茶"\n\n')
    answer.bytes(bytes.slice(0, 14))
    await read()
    expect(heard).toEqual([])
    expect(connections).toEqual(['connecting', 'live'])
    answer.bytes(bytes.slice(14))
    await read()
    expect(heard).toEqual([{ id: '1', name: 'message', data: '茶' }])
  })

  it('go on after a break with the last id that was seen', async () => {
    const [first, second, third] = [new Answer(), new Answer(), new Answer()]
    const server = new Server(first, second, third)
    begin('40')
    first.text('id: 41\ndata: 1\n\nid: 42\ndata: 2\n\ndata: "no id"\n\nid: 43\ndata: "half')
    await read()
    first.break()
    await read()
    expect(connections.at(-1)).toBe('lost')
    await pass(500)
    second.close()
    await read()
    await pass(500)
    third.text('id: 43\ndata: 3\n\n')
    await read()
    expect(server.seen).toEqual(['40', '42', '42'])
    expect(heard.map(({ data }) => data)).toEqual([1, 2, 'no id', 3])
  })

  it('are asked for again after longer and longer pauses', async () => {
    const away = () => new TypeError('fetch failed')
    const server = new Server(...Array.from({ length: 9 }, away))
    begin()
    await read()
    const counts: number[] = []
    for (const pause of [500, 1000, 2000, 4000, 4000]) {
      await pass(pause - 1)
      counts.push(server.requests.length)
      await pass(1)
      await read()
    }
    expect(counts).toEqual([1, 2, 3, 4, 5])
    expect(server.requests).toHaveLength(6)
    expect(connections).not.toContain('live')
  })

  it('are asked for soon again once the server was there meanwhile', async () => {
    const back = new Answer()
    const away = () => new TypeError('fetch failed')
    const server = new Server(away(), away(), away(), back, away())
    begin()
    for (const pause of [500, 1000, 2000]) {
      await read()
      await pass(pause)
    }
    await read()
    back.close()
    await read()
    await pass(500)
    expect(server.requests).toHaveLength(5)
  })

  it('are asked for at once when the browser is online or is looked at again', async () => {
    const server = new Server(new TypeError('away'), new TypeError('away'))
    begin()
    await read()
    dispatchEvent(new Event('online'))
    await read()
    expect(server.requests).toHaveLength(2)
    document.dispatchEvent(new Event('visibilitychange'))
    await read()
    expect(server.requests).toHaveLength(3)
  })

  it('are asked for again when the server refuses, such as while it starts', async () => {
    const answer = new Answer()
    const server = new Server(new Response('{"code":"Busy"}', { status: 503 }), answer)
    begin()
    await read()
    expect(connections).toEqual(['connecting', 'lost'])
    await pass(500)
    answer.text('data: 1\n\n')
    await read()
    expect(server.requests).toHaveLength(2)
    expect(heard).toHaveLength(1)
  })

  it('are asked for again when the server gives no sign of life', async () => {
    const silent = new Answer()
    const server = new Server(silent, new Answer())
    begin('7')
    await read()
    await pass(39_000)
    silent.text(': ping\n\n')
    await read()
    await pass(39_000)
    expect(server.requests).toHaveLength(1)
    await pass(1000)
    await read()
    await silent.cancelled
    await pass(500)
    expect(server.seen).toEqual(['7', '7'])
  })

  it('end when nobody wants them any more', async () => {
    const answer = new Answer()
    const server = new Server(answer, new Answer())
    begin()
    await read()
    end()
    answer.text('data: 1\n\n')
    answer.close()
    await read()
    await pass(60_000)
    expect(server.requests).toHaveLength(1)
  })
})

describe('a question that is answered by events', () => {
  const never = new AbortController().signal

  async function all(events: AsyncGenerator<ServerEvent>): Promise<string[]> {
    const names: string[] = []
    for await (const { name } of events) names.push(name)
    return names
  }

  it('ends with its answer', async () => {
    const answer = new Answer()
    const server = new Server(answer)
    answer.text('event: text\ndata: {}\n\nevent: done\ndata: {}\n\n')
    answer.close()
    expect(await all(ask('/api/x', { seed: 1 }, never))).toEqual(['text', 'done'])
    expect(server.requests[0]).toMatchObject({ address: '/api/x', body: '{"seed":1}' })
  })

  it('is refused by a status, by an event, or by a server that is away', async () => {
    const problem = { code: 'Busy', detail: 'Busy.', status: 409 }
    new Server(new Response(JSON.stringify(problem), { status: 409 }))
    await expect(all(ask('/api/x', {}, never))).rejects.toMatchObject({ status: 409, code: 'Busy' })
    const answer = new Answer()
    new Server(answer)
    answer.text(`event: problem\ndata: ${JSON.stringify({ ...problem, status: 503 })}\n\n`)
    await expect(all(ask('/api/x', {}, never))).rejects.toMatchObject({ status: 503, code: 'Busy' })
    new Server(new TypeError('fetch failed'))
    await expect(all(ask('/api/x', {}, never))).rejects.toMatchObject({ status: 0 })
  })

  it('ends in silence when it is stopped', async () => {
    new Server(new TypeError('aborted'))
    const abort = new AbortController()
    abort.abort()
    expect(await all(ask('/api/x', {}, abort.signal))).toEqual([])
  })
})
