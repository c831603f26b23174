import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { OpenDocument } from '../../src/sync/document.svelte'

const ID = 'd'.repeat(32)
const ADDRESS = `/api/documents/${ID}`

/** A server with one document, whose stream of events the test writes. */
class Server {
  sections = [
    { position: 0, heading: 'Tea', text: 'Tea', version: 1, state: 'planned', faults: [] },
  ]
  lastEvent = 5
  job = { id: 'j', state: 'queued' }
  away = false
  readonly asked: string[] = []
  #stream: ReadableStreamDefaultController<Uint8Array> | null = null

  async answer(request: Request | string): Promise<Response> {
    const address = typeof request === 'string' ? request : new URL(request.url).pathname
    this.asked.push(address)
    if (this.away) throw new TypeError('fetch failed')
    if (address === `${ADDRESS}/job`) return Response.json(this.job)
    if (address === ADDRESS) {
      const facts = { id: ID, title: 'Tea', brief: { task: '茶' }, last_event: this.lastEvent }
      return Response.json({ ...facts, sections: this.sections })
    }
    return new Response(new ReadableStream({ start: (stream) => void (this.#stream = stream) }))
  }

  tell(id: number, event: string, facts: object = {}): void {
    const data = JSON.stringify({ event, ...facts })
    this.#stream?.enqueue(new TextEncoder().encode(`id: ${id}\ndata: ${data}\n\n`))
  }
}

let server: Server
let open: OpenDocument
let heard: string[]

beforeEach(async () => {
  server = new Server()
  vi.resetModules()
  vi.stubGlobal('document', Object.assign(new EventTarget(), { hidden: false }))
  vi.stubGlobal('fetch', (request: Request | string) => server.answer(request))
  const module = await import('../../src/sync/document.svelte')
  open = new module.OpenDocument(ID)
  heard = []
  open.listen((change, { event }) => heard.push(change ? `${event}: ${change.insert}` : event))
  await open.open()
})

afterEach(() => {
  open.close()
  vi.unstubAllGlobals()
})

/** Waits for a state, however busy the machine is. */
const until = (reached: () => boolean) => vi.waitUntil(reached, { timeout: 30_000, interval: 5 })
const text = () => open.doc?.sections[0]?.text

describe('an open document', () => {
  it('is as the server has it, with what happens after that', async () => {
    expect(open.job?.state).toBe('queued')
    expect(text()).toBe('Tea')
    server.tell(6, 'text_added', { index: 0, text: ' grows', version: 2 })
    await until(() => text() === 'Tea grows')
    expect(open.doc?.last_event).toBe(6)
    expect(heard).toEqual(['text_added:  grows'])
  })

  it('does not hear an event twice', async () => {
    const added = { index: 0, text: '!', version: 2 }
    server.tell(5, 'text_added', added)
    server.tell(6, 'text_added', added)
    server.tell(6, 'text_added', added)
    server.tell(7, 'progress', { words: 9 })
    await until(() => open.progress !== null)
    expect(text()).toBe('Tea!')
    expect(heard).toHaveLength(2)
  })

  it('is read again when its outline changes, before anybody hears of it', async () => {
    server.sections = [{ ...server.sections[0], heading: 'Green tea' } as never]
    server.lastEvent = 6
    const headings: (string | undefined)[] = []
    open.listen(() => headings.push(open.doc?.sections[0]?.heading))
    server.tell(6, 'outline_changed')
    await until(() => headings.length > 0)
    expect(headings).toEqual(['Green tea'])
    expect(server.asked.filter((address) => address === ADDRESS)).toHaveLength(2)
  })

  it('reads its job when that changes', async () => {
    server.job = { id: 'j', state: 'running' }
    server.tell(6, 'job_state', { state: 'running' })
    await until(() => open.job?.state === 'running')
    expect(open.writing).toBe(true)
  })

  it('does not go back to an older copy, which a browser keeps for when the server is away', async () => {
    server.tell(6, 'text_added', { index: 0, text: '!', version: 2 })
    await until(() => text() === 'Tea!')
    await open.open()
    expect(open.problem?.status).toBe(0)
    expect(text()).toBe('Tea!')
  })

  it('says why it cannot be read', async () => {
    server.away = true
    await open.open()
    expect(open.problem?.code).toBe('Unreachable')
    expect(text()).toBe('Tea')
  })
})
