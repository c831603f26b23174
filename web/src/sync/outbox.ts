/**
 * Edits that the server has not acknowledged, in IndexedDB.
 *
 * A page that is being left cannot wait for a database. Edits that are not in it by then go into a
 * journal in localStorage, which is synchronous, and are read together with it.
 */

import { type DBSchema, type IDBPDatabase, openDB } from 'idb'
import type { UnsavedText } from '../document/buffer'

export interface OutboxEdit extends UnsavedText {
  readonly document: string
  readonly position: number
  readonly heading: string
  /** Which tab keeps it: two tabs never overwrite each other's. */
  readonly tab: string
  readonly at: number
}

interface Shape extends DBSchema {
  edits: { key: [string, number, string]; value: OutboxEdit; indexes: { document: string } }
}

type Place = Pick<OutboxEdit, 'document' | 'position' | 'tab'>

/** This module, as the sync engine uses it. */
export interface Outbox {
  keep(edits: readonly OutboxEdit[], dropped: readonly Place[]): Promise<void>
  journal(tab: string, edits: readonly OutboxEdit[]): void
  editsOf(document: string): Promise<OutboxEdit[]>
}

const NAME = 'xiezuo'
const JOURNAL = 'xiezuo.edits.' // and the tab that wrote it
let opened: Promise<IDBPDatabase<Shape>> | null = null

function database(): Promise<IDBPDatabase<Shape>> {
  opened ??= openDB<Shape>(NAME, 1, {
    upgrade(created) {
      const store = created.createObjectStore('edits', { keyPath: ['document', 'position', 'tab'] })
      store.createIndex('document', 'document')
    },
    terminated() {
      opened = null
    },
  })
  opened.catch(() => (opened = null))
  return opened
}

/**
 * Keeps some edits and drops others, all or nothing.
 *
 * @throws DOMException when the browser does not keep them.
 */
export async function keep(edits: readonly OutboxEdit[], dropped: readonly Place[]): Promise<void> {
  const transaction = (await database()).transaction('edits', 'readwrite', { durability: 'strict' })
  await Promise.all([
    ...edits.map((edit) => transaction.store.put(edit)),
    ...dropped.map((place) =>
      transaction.store.delete([place.document, place.position, place.tab]),
    ),
    transaction.done,
  ])
  for (const place of [...edits, ...dropped]) removeFromJournal(place)
}

/**
 * Keeps the edits of a tab before this returns, for a page that is being left.
 *
 * @throws DOMException when there are more than the journal holds.
 */
export function journal(tab: string, edits: readonly OutboxEdit[]): void {
  if (edits.length) localStorage.setItem(JOURNAL + tab, JSON.stringify(edits))
  else localStorage.removeItem(JOURNAL + tab)
}

/** What is kept of a document, oldest first. */
export async function editsOf(document: string): Promise<OutboxEdit[]> {
  const stored = await (await database()).getAllFromIndex('edits', 'document', document)
  const tabs = Object.keys(localStorage).filter((key) => key.startsWith(JOURNAL))
  const journaled = tabs
    .flatMap((key) => journalOf(key.slice(JOURNAL.length)))
    .filter((edit) => edit.document === document)
  const newest = new Map<string, OutboxEdit>()
  for (const edit of [...stored, ...journaled]) {
    const key = `${edit.position} ${edit.tab}`
    if (edit.at >= (newest.get(key)?.at ?? 0)) newest.set(key, edit)
  }
  return [...newest.values()].sort((edit, other) => edit.at - other.at)
}

/** Removes an edit from the journal once the database has it, or it is no longer needed. */
function removeFromJournal({ document, position, tab }: Place): void {
  const left = journalOf(tab)
  if (!left.length) return
  journal(
    tab,
    left.filter((edit) => edit.document !== document || edit.position !== position),
  )
}

function journalOf(tab: string): OutboxEdit[] {
  return JSON.parse(localStorage.getItem(JOURNAL + tab) ?? '[]') as OutboxEdit[]
}
