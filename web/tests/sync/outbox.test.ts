import 'fake-indexeddb/auto'
import { IDBFactory } from 'fake-indexeddb'
import { deleteDB, openDB } from 'idb'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { OutboxEdit } from '../../src/sync/outbox'

type Module = typeof import('../../src/sync/outbox')

const DOCUMENT = 'a'.repeat(32)
let outbox: Module

/** The outbox as a page that is loaded again sees it: the same browser, a new module. */
async function reloaded(): Promise<Module> {
  vi.resetModules()
  return await import('../../src/sync/outbox')
}

function edit(changes: Partial<OutboxEdit> = {}): OutboxEdit {
  const place = { document: DOCUMENT, position: 0, heading: 'Tea', tab: 'one' }
  return { ...place, version: 1, base: '', text: 'Tea.', sent: null, at: 1000, ...changes }
}

/** The browser gives a transaction up after all was asked of it, as it does for want of space. */
function diskIsFull(): void {
  const put = IDBObjectStore.prototype.put
  vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (
    this: IDBObjectStore,
    ...edits
  ) {
    const request = put.apply(this, edits)
    request.addEventListener('success', () => this.transaction.abort())
    return request
  })
}

const texts = (edits: readonly OutboxEdit[]) => edits.map(({ text }) => text)
const journals = () => Object.keys(localStorage).filter((key) => key.startsWith('xiezuo.edits.'))

beforeEach(async () => {
  vi.stubGlobal('indexedDB', new IDBFactory())
  localStorage.clear()
  outbox = await reloaded()
})

afterEach(() => vi.restoreAllMocks())

describe('edits in the outbox', () => {
  it('are there after a reload, oldest first, those of the document only', async () => {
    const later = edit({ position: 1, at: 3000, text: 'later' })
    await outbox.keep([later, edit({ text: 'earlier' }), edit({ document: 'b'.repeat(32) })], [])
    const again = await reloaded()
    expect(texts(await again.editsOf(DOCUMENT))).toEqual(['earlier', 'later'])
    expect((await again.editsOf(DOCUMENT))[1]).toEqual(later)
  })

  it('are replaced by later ones of the same section and tab, and of no other', async () => {
    await outbox.keep([edit(), edit({ position: 1 }), edit({ tab: 'two', text: 'theirs' })], [])
    await outbox.keep([edit({ text: 'Green tea.', at: 2000 })], [])
    const kept = await outbox.editsOf(DOCUMENT)
    expect(texts(kept).sort()).toEqual(['Green tea.', 'Tea.', 'theirs'])
  })

  it('are dropped once the server has them, in the same step as others are kept', async () => {
    await outbox.keep([edit(), edit({ position: 1, text: 'other' })], [])
    await outbox.keep([edit({ position: 2, text: 'new' })], [edit()])
    expect(texts(await outbox.editsOf(DOCUMENT)).sort()).toEqual(['new', 'other'])
  })

  it('are kept all or not at all', async () => {
    diskIsFull()
    const both = [edit(), edit({ position: 1 })]
    await expect(outbox.keep(both, [])).rejects.toThrow(DOMException)
    expect(await outbox.editsOf(DOCUMENT)).toEqual([])
  })
})

describe('the journal of a page that is left', () => {
  it('is read together with the database, the newest of each section', async () => {
    await outbox.keep([edit({ text: 'old', at: 1000 }), edit({ position: 1, text: 'kept' })], [])
    outbox.journal('one', [edit({ text: 'new', at: 2000 })])
    outbox.journal('two', [edit({ tab: 'two', position: 2, text: 'theirs', at: 3000 })])
    const again = await reloaded()
    expect(texts(await again.editsOf(DOCUMENT))).toEqual(['kept', 'new', 'theirs'])
  })

  it('does not bring back what is older than the database', async () => {
    outbox.journal('two', [edit({ text: 'stale', at: 500 })])
    await outbox.keep([edit({ text: 'fresh', at: 2000, tab: 'one' })], [])
    expect(texts(await outbox.editsOf(DOCUMENT))).toEqual(['fresh'])
  })

  it('leaves out other documents', async () => {
    outbox.journal('one', [edit({ document: 'b'.repeat(32) })])
    expect(await outbox.editsOf(DOCUMENT)).toEqual([])
  })

  it('is emptied of what the database has, or nobody needs', async () => {
    const other = edit({ position: 1, text: 'other' })
    outbox.journal('one', [edit(), other, edit({ position: 2 })])
    await outbox.keep([edit()], [])
    expect(JSON.parse(localStorage.getItem('xiezuo.edits.one') ?? '')).toEqual([
      other,
      edit({ position: 2 }),
    ])
    await outbox.keep([], [other, edit({ position: 2 })])
    expect(journals()).toEqual([])
  })

  it('keeps what the database refused', async () => {
    outbox.journal('one', [edit({ position: 1 })])
    diskIsFull()
    await expect(outbox.keep([edit({ position: 1 })], [])).rejects.toThrow(DOMException)
    expect(texts(await outbox.editsOf(DOCUMENT))).toEqual(['Tea.'])
  })

  it('is gone when there is nothing to keep', () => {
    outbox.journal('one', [edit()])
    outbox.journal('one', [])
    expect(journals()).toEqual([])
  })
})

describe('a database that cannot be opened', () => {
  it('is tried again the next time', async () => {
    const newer = await openDB('xiezuo', 2)
    newer.close()
    await expect(outbox.keep([edit()], [])).rejects.toThrow(DOMException)
    await deleteDB('xiezuo')
    await outbox.keep([edit()], [])
    expect(await outbox.editsOf(DOCUMENT)).toHaveLength(1)
  })
})
