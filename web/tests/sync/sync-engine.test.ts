import { ChangeSet } from '@codemirror/state'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Problem } from '../../src/api/errors'
import type { JobOut, SectionOut } from '../../src/api/types'
import { asText } from '../../src/document/buffer'
import type { DocumentEvent, TextChange } from '../../src/document/events'
import type { Surface } from '../../src/document/surface'
import type { OutboxEdit, Outbox } from '../../src/sync/outbox'
import {
  SyncEngine,
  type SyncedDocument,
  type SyncStorage,
} from '../../src/sync/sync-engine.svelte'

const ID = 'd'.repeat(32)
const AWAY = () => new Problem(0, 'Unreachable', 'Away.')

/** The document as the server has it; `refuse` says what the next saves are answered. */
class FakeDocument implements SyncedDocument {
  readonly id = ID
  doc: { sections: SectionOut[] }
  job: { state: JobOut['state'] } | null = null
  readonly saves: { position: number; text: string; version: number }[] = []
  readonly refusals: Problem[] = []
  /** What the server has, which this document may not have heard of yet. */
  onServer: (() => SectionOut[]) | null = null
  /** When set, saves wait until it is called. */
  answer: (() => void) | null = null
  slow = false
  opened = 0
  #listeners = new Set<(change: TextChange | null, event: DocumentEvent) => void>()

  constructor(...texts: string[]) {
    this.doc = { sections: texts.map((text, position) => section(position, text)) }
  }

  async open(): Promise<void> {
    this.opened += 1
    if (this.onServer) this.doc = { sections: this.onServer() }
  }

  listen(heard: (change: TextChange | null, event: DocumentEvent) => void): () => void {
    this.#listeners.add(heard)
    return () => this.#listeners.delete(heard)
  }

  async saveSection(position: number, text: string, version: number): Promise<number> {
    this.saves.push({ position, text, version })
    if (this.slow) await new Promise<void>((done) => (this.answer = done))
    const refusal = this.refusals.shift()
    if (refusal) throw refusal
    return version + 1
  }

  tell(
    event: string,
    index: number | null,
    version: number,
    change?: Omit<TextChange, 'position'>,
  ) {
    const facts = { id: 0, event, version, ...(index === null ? {} : { index }) }
    const told = change && index !== null ? { position: index, ...change } : null
    for (const heard of this.#listeners) heard(told, facts)
  }

  state(position: number, state: SectionOut['state']): void {
    this.doc.sections = this.doc.sections.map((one) =>
      one.position === position ? { ...one, state } : one,
    )
  }
}

/** The browser's database, shared by the tabs of a test. */
class MemoryOutbox implements Outbox {
  readonly edits = new Map<string, OutboxEdit>()
  readonly journals = new Map<string, readonly OutboxEdit[]>()
  broken = false

  async keep(...[edits, dropped]: Parameters<Outbox['keep']>): Promise<void> {
    if (this.broken) throw new DOMException('full', 'QuotaExceededError')
    for (const edit of edits) this.edits.set(`${edit.position} ${edit.tab}`, edit)
    for (const place of dropped) this.edits.delete(`${place.position} ${place.tab}`)
  }

  journal(tab: string, edits: readonly OutboxEdit[]): void {
    this.journals.set(tab, edits)
  }

  async editsOf(): Promise<OutboxEdit[]> {
    if (this.broken) throw new DOMException('no database', 'InvalidStateError')
    return [...this.edits.values()].sort((edit, other) => edit.at - other.at)
  }

  get texts(): string[] {
    return [...this.edits.values()].map(({ text }) => text)
  }
}

/** Applies what it is shown to texts of its own, as the editor does. */
class Screen implements Surface {
  composing = false
  laid = 0
  readonly steps: string[] = []
  readonly #engine: SyncEngine
  readonly #texts = new Map<number, string>()

  constructor(engine: SyncEngine, ...positions: number[]) {
    this.#engine = engine
    for (const position of positions) this.#texts.set(position, engine.text(position))
    engine.attach(this)
  }

  /** The user types into the editor. */
  type(position: number, from: number, text: string): void {
    const change = ChangeSet.of({ from, insert: asText(text) }, this.text(position).length)
    this.#texts.set(position, change.apply(asText(this.text(position))).toString())
    this.#engine.edit(position, change)
  }

  show(changes: ReadonlyMap<number, ChangeSet>): void {
    for (const [position, change] of changes) {
      const before = this.#texts.get(position) ?? ''
      this.#texts.set(position, change.apply(asText(before)).toString())
      this.steps.push(this.text(position))
    }
  }

  lay(): void {
    this.laid += 1
  }

  text(position: number): string {
    return this.#texts.get(position) ?? ''
  }
}

function section(position: number, text: string, version = 1): SectionOut {
  const facts = { heading: `Part ${position}`, state: 'final', faults: [] }
  return { ...facts, position, text, version } as unknown as SectionOut
}

let living: Set<string>
let outbox: MemoryOutbox
let engines: SyncEngine[]

async function started(document: FakeDocument, tab = 'mine'): Promise<SyncEngine> {
  const storage: SyncStorage = { outbox, tab, livingTabs: async () => living }
  const engine = new SyncEngine(document, storage)
  engines.push(engine)
  await engine.start()
  return engine
}

/** Types `text` at the end of a section. */
function type(engine: SyncEngine, text: string, position = 0): void {
  const { length } = engine.text(position)
  engine.edit(position, ChangeSet.of({ from: length, insert: asText(text) }, length))
}

function kept(changes: Partial<OutboxEdit>): OutboxEdit {
  const place = { document: ID, position: 0, heading: 'Part 0', tab: 'closed' }
  return { ...place, version: 1, base: 'Tea', text: 'Tea!', sent: null, at: 1, ...changes }
}

const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds)
const texts = (document: FakeDocument) => document.saves.map(({ text }) => text)

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('document', Object.assign(new EventTarget(), { hidden: false }))
  living = new Set()
  outbox = new MemoryOutbox()
  engines = []
})

afterEach(() => {
  for (const engine of engines) engine.stop()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe('an edit', () => {
  it('is in the outbox soon, saved when typing stops, and dropped from the outbox then', async () => {
    const document = new FakeDocument('Tea')
    const engine = await started(document)
    type(engine, '!')
    expect(engine.status).toBe('saving')
    await pass(250)
    expect(outbox.texts).toEqual(['Tea!'])
    expect(document.saves).toEqual([])
    await pass(950)
    expect(document.saves).toEqual([{ position: 0, text: 'Tea!', version: 1 }])
    expect(engine.status).toBe('saved')
    expect(engine.version(0)).toBe(2)
    expect(outbox.texts).toEqual([])
  })

  it('waits for a pause in typing, but not for ever', async () => {
    const document = new FakeDocument('')
    const engine = await started(document)
    for (let key = 0; key < 10; key += 1) {
      type(engine, 'a')
      await pass(700)
    }
    expect(document.saves).toEqual([])
    type(engine, 'a')
    await pass(1000)
    expect(texts(document)).toEqual(['a'.repeat(11)])
  })

  it('that is typed while another is under way is saved after it', async () => {
    const document = new FakeDocument('')
    document.slow = true
    const engine = await started(document)
    type(engine, 'one')
    await pass(1200)
    type(engine, ' two')
    await pass(5000)
    expect(texts(document)).toEqual(['one'])
    expect(engine.status).toBe('saving')
    document.slow = false
    document.answer?.()
    await pass(1200)
    expect(document.saves.at(-1)).toEqual({ position: 0, text: 'one two', version: 2 })
    expect(engine.status).toBe('saved')
  })

  it('is saved at once when it has to be at the server', async () => {
    const document = new FakeDocument('Tea')
    const engine = await started(document)
    type(engine, '!')
    expect(await engine.ensureSaved(0)).toBe(2)
    document.refusals.push(new Problem(422, 'TooLong', 'Too long.'))
    type(engine, '!')
    await expect(engine.ensureSaved(0)).rejects.toMatchObject({ code: 'TooLong' })
  })

  it('is written down at once when the page is left', async () => {
    const engine = await started(new FakeDocument('Tea'))
    type(engine, '!')
    dispatchEvent(new Event('pagehide'))
    expect(outbox.journals.get('mine')?.map(({ text }) => text)).toEqual(['Tea!'])
  })

  it('is saved when the view is left, and nothing is heard any more', async () => {
    const document = new FakeDocument('Tea')
    const engine = await started(document)
    type(engine, '!')
    engine.stop()
    await pass(0)
    expect(texts(document)).toEqual(['Tea!'])
    document.tell('text_added', 0, 3, { from: 4, to: 4, insert: '?' })
    await pass(1000)
    expect(engine.text(0)).toBe('Tea!')
  })

  it('warns before the page is closed while the browser does not keep it', async () => {
    outbox.broken = true
    const engine = await started(new FakeDocument('Tea'))
    expect(engine.unstored).toBe(true)
    type(engine, '!')
    await pass(300)
    expect(engine.status).toBe('saving')
    const rejecting = new Event('beforeunload', { cancelable: true })
    dispatchEvent(rejecting)
    expect(rejecting.defaultPrevented).toBe(true)
    outbox.broken = false
    await engine.keepNow()
    expect(engine.unstored).toBe(false)
    const later = new Event('beforeunload', { cancelable: true })
    dispatchEvent(later)
    expect(later.defaultPrevented).toBe(false)
  })
})

describe('a server that is away', () => {
  it('is asked again after longer and longer pauses; edits are kept meanwhile', async () => {
    const document = new FakeDocument('Tea')
    document.refusals.push(...Array.from({ length: 6 }, AWAY))
    const engine = await started(document)
    type(engine, '!')
    await pass(1200)
    expect(engine.status).toBe('kept')
    const counts: number[] = []
    for (const pause of [1000, 2000, 4000, 8000, 8000]) {
      await pass(pause - 1)
      counts.push(document.saves.length)
      await pass(1)
    }
    expect(counts).toEqual([1, 2, 3, 4, 5])
    expect(outbox.texts).toEqual(['Tea!'])
    await pass(8000)
    expect(engine.status).toBe('saved')
    expect(document.saves).toHaveLength(7)
    expect(outbox.texts).toEqual([])
  })

  it('is asked at once when the browser is online again, and soon after that', async () => {
    const document = new FakeDocument('Tea')
    document.refusals.push(AWAY(), AWAY(), AWAY(), AWAY())
    const engine = await started(document)
    type(engine, '!')
    await pass(1200 + 1000 + 2000)
    expect(document.saves).toHaveLength(3)
    dispatchEvent(new Event('online'))
    await pass(1000)
    expect(document.saves).toHaveLength(5)
    expect(engine.status).toBe('saved')
  })

  it.each([500, 503, 429])('counts as away with status %i', async (status) => {
    const document = new FakeDocument('Tea')
    document.refusals.push(new Problem(status, 'Busy', 'Busy.'))
    const engine = await started(document)
    type(engine, '!')
    await pass(1200)
    expect(engine.status).toBe('kept')
    expect(engine.refusal).toBeNull()
    await pass(1000)
    expect(engine.status).toBe('saved')
  })

  it('that refuses says why, until the next edit', async () => {
    const document = new FakeDocument('Tea')
    document.refusals.push(new Problem(422, 'TooLong', 'Too long.'))
    const engine = await started(document)
    type(engine, '!')
    await pass(1200)
    expect(engine.refusal?.code).toBe('TooLong')
    expect(engine.status).toBe('kept')
    expect(outbox.texts).toEqual(['Tea!'])
    type(engine, '?')
    expect(engine.refusal).toBeNull()
    await pass(1200)
    expect(texts(document).at(-1)).toBe('Tea!?')
    expect(engine.status).toBe('saved')
  })
})

describe('a section that the model writes', () => {
  async function writing(): Promise<[FakeDocument, SyncEngine]> {
    const document = new FakeDocument('Tea', 'Rice')
    document.job = { state: 'running' }
    document.state(0, 'writing')
    return [document, await started(document)]
  }

  it('holds edits back until it is written', async () => {
    const [document, engine] = await writing()
    type(engine, '!')
    await pass(10_000)
    expect(document.saves).toEqual([])
    expect(engine.held).toEqual([0])
    expect(engine.status).toBe('held')
    expect(outbox.texts).toEqual(['Tea!'])
    document.state(0, 'final')
    document.tell('section_finished', 0, 2)
    await pass(2000)
    expect(document.saves).toEqual([{ position: 0, text: 'Tea!', version: 2 }])
    expect(engine.status).toBe('saved')
  })

  it('lets edits of other sections pass', async () => {
    const [document, engine] = await writing()
    type(engine, '!', 1)
    await pass(1200)
    expect(texts(document)).toEqual(['Rice!'])
  })

  it('is taken over when the user says so', async () => {
    const [document, engine] = await writing()
    type(engine, '!')
    await pass(2000)
    await engine.save(0)
    expect(texts(document)).toEqual(['Tea!'])
    expect(engine.held).toEqual([])
  })

  it('no longer holds edits when its job has ended', async () => {
    const [document, engine] = await writing()
    type(engine, '!')
    await pass(2000)
    document.job = { state: 'failed' }
    document.tell('job_state', null, 0)
    await pass(1200)
    expect(texts(document)).toEqual(['Tea!'])
  })

  it('flows in a little at a time, under edits that are carried along', async () => {
    const [document, engine] = await writing()
    const screen = new Screen(engine, 0)
    const insert = ' grows on hills, in the mist of the morning.'
    document.tell('text_added', 0, 2, { from: 3, to: 3, insert })
    screen.type(0, 0, 'Green ')
    await pass(40)
    expect(engine.text(0).length).toBeGreaterThan('Green Tea'.length)
    expect(engine.text(0).length).toBeLessThan(`Green Tea${insert}`.length)
    await pass(1000)
    expect(engine.text(0)).toBe(`Green Tea${insert}`)
    expect(screen.text(0)).toBe(engine.text(0))
    expect(screen.steps.length).toBeGreaterThan(5)
  })

  it('does not move while an input method composes, for a while', async () => {
    const [document, engine] = await writing()
    const screen = new Screen(engine, 0)
    screen.composing = true
    document.tell('text_added', 0, 2, { from: 3, to: 3, insert: '!' })
    await pass(14_000)
    expect(engine.text(0)).toBe('Tea')
    await pass(2000)
    expect(engine.text(0)).toBe('Tea!')
  })

  it('is up to date at once when nobody looks', async () => {
    const [document, engine] = await writing()
    Object.assign(globalThis.document, { hidden: true })
    document.tell('text_added', 0, 2, { from: 3, to: 3, insert: 'a'.repeat(500) })
    await pass(32)
    expect(engine.text(0)).toHaveLength(503)
  })
})

describe('a change by another user or tab', () => {
  const replaced = { from: 0, to: 3, insert: 'Rice' }

  it('is shown when there are no edits', async () => {
    const document = new FakeDocument('Tea')
    const engine = await started(document)
    document.tell('section_edited', 0, 2, replaced)
    await pass(100)
    expect(engine.text(0)).toBe('Rice')
    expect(engine.version(0)).toBe(2)
  })

  async function disputed(): Promise<[FakeDocument, SyncEngine]> {
    const document = new FakeDocument('Tea')
    const engine = await started(document)
    type(engine, '!')
    document.tell('section_edited', 0, 2, replaced)
    await pass(2000)
    return [document, engine]
  }

  it('is a conflict with edits: neither text is lost, and nothing is saved', async () => {
    const [document, engine] = await disputed()
    expect(engine.status).toBe('conflict')
    expect(engine.conflicts).toEqual([0])
    expect(engine.conflict(0)).toEqual({ mine: 'Tea!', theirs: 'Rice' })
    expect(document.saves).toEqual([])
    expect(outbox.texts).toEqual(['Tea!'])
  })

  it('is resolved with a text; the own one is saved before it', async () => {
    const [document, engine] = await disputed()
    await engine.resolve(0, 'Tea and rice')
    expect(document.saves).toEqual([
      { position: 0, text: 'Tea!', version: 2 },
      { position: 0, text: 'Tea and rice', version: 3 },
    ])
    expect(engine.status).toBe('saved')
    expect(engine.conflicts).toEqual([])
  })

  it('that the server has, but this tab has not heard of, is waited for', async () => {
    const document = new FakeDocument('Tea')
    const engine = await started(document)
    document.refusals.push(new Problem(409, 'Conflict', 'Newer.', '', { version: 2 }))
    type(engine, '!')
    await pass(3000)
    expect(document.saves).toHaveLength(1)
    document.tell('section_edited', 0, 2, replaced)
    await pass(1000)
    expect(engine.conflict(0)).toEqual({ mine: 'Tea!', theirs: 'Rice' })
    await pass(5000)
    expect(document.opened).toBe(0)
  })

  it('that never comes is read from the server', async () => {
    const document = new FakeDocument('Tea')
    const engine = await started(document)
    document.refusals.push(new Problem(409, 'Conflict', 'Newer.', '', { version: 2 }))
    document.onServer = () => [section(0, 'Rice', 2)]
    type(engine, '!')
    await pass(1200 + 5000)
    expect(document.opened).toBe(1)
    expect(engine.conflict(0)).toEqual({ mine: 'Tea!', theirs: 'Rice' })
  })
})

describe('edits of an earlier visit', () => {
  it('are restored, saved, and kept as those of this tab until then', async () => {
    const document = new FakeDocument('Tea')
    await outbox.keep([kept({})], [])
    const engine = await started(document)
    expect(engine.text(0)).toBe('Tea!')
    await pass(0)
    expect([...outbox.edits.keys()]).toEqual(['0 mine'])
    await pass(1200)
    expect(texts(document)).toEqual(['Tea!'])
    expect(outbox.texts).toEqual([])
  })

  it('of a tab that is alive are left to it', async () => {
    await outbox.keep([kept({ tab: 'other' })], [])
    living.add('other')
    const document = new FakeDocument('Tea')
    const engine = await started(document)
    expect(engine.text(0)).toBe('Tea')
    await pass(5000)
    expect([...outbox.edits.keys()]).toEqual(['0 other'])
    expect(document.saves).toEqual([])
  })

  it('go from a tab that died to the next one, once', async () => {
    const first = await started(new FakeDocument('Tea'), 'first')
    type(first, '!')
    await pass(250)
    expect([...outbox.edits.keys()]).toEqual(['0 first'])
    const document = new FakeDocument('Tea')
    const second = await started(document, 'second')
    expect(second.text(0)).toBe('Tea!')
    await pass(0)
    expect([...outbox.edits.keys()]).toEqual(['0 second'])
  })

  it('follow their heading when sections have moved', async () => {
    await outbox.keep([kept({ position: 0, heading: 'Part 1', base: 'Rice', text: 'Rice!' })], [])
    const engine = await started(new FakeDocument('Tea', 'Rice'))
    expect([engine.text(0), engine.text(1)]).toEqual(['Tea', 'Rice!'])
  })

  it('whose section is gone, or is edited otherwise, are shown until they are forgotten', async () => {
    const lost = kept({ heading: 'Gone', position: 9, tab: 'a', at: 3 })
    const second = kept({ text: 'Tea?', tab: 'b', at: 2 })
    await outbox.keep([kept({}), second, lost], [])
    const engine = await started(new FakeDocument('Tea'))
    expect(engine.orphans).toEqual([second, lost])
    expect(engine.text(0)).toBe('Tea!')
    await pass(2000)
    expect(outbox.texts.sort()).toEqual(['Tea!', 'Tea?'])
    await engine.forget(lost)
    expect(engine.orphans).toEqual([second])
    expect(outbox.texts).toEqual(['Tea?'])
  })

  describe('and of this one, when the outline changes', () => {
    /** The outline changes while the second section has an edit that nobody has yet. */
    async function changed(...headings: string[]): Promise<[SyncEngine, Screen]> {
      const document = new FakeDocument('Tea', 'Rice')
      const engine = await started(document)
      const screen = new Screen(engine, 0, 1)
      screen.type(1, 4, '!')
      const sections = headings.map((heading, position) => {
        return { ...section(position, heading === 'Part 0' ? 'Tea' : 'Rice'), heading }
      })
      document.doc = { sections }
      document.tell('outline_changed', null, 0)
      await pass(100)
      return [engine, screen]
    }

    it('go where their section has gone, and are laid out there', async () => {
      const [engine, screen] = await changed('Part 1', 'Part 0')
      expect([engine.text(0), engine.text(1)]).toEqual(['Rice!', 'Tea'])
      expect(screen.laid).toBe(1)
    })

    it('stay with a section that has another heading', async () => {
      const [engine] = await changed('Part 0', 'Grain')
      expect([engine.text(0), engine.text(1)]).toEqual(['Tea', 'Rice!'])
    })

    it('are shown apart when their section is gone', async () => {
      const [engine] = await changed('Part 0')
      expect(engine.text(0)).toBe('Tea')
      expect(engine.orphans.map(({ text }) => text)).toEqual(['Rice!'])
    })
  })
})
