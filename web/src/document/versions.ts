/** What two texts have in common and what not, and the history of a document: pure. */

import { presentableDiff } from '@codemirror/merge'
import type { Schema } from '../api/types'

export type Entry = Schema['EntryOut']
export type Snapshot = Schema['SnapshotOut']

/** A run of text that both have, that only the older has, or only the newer. */
export interface Piece {
  readonly kind: 'same' | 'gone' | 'new'
  readonly text: string
}

const EFFORT = { scanLimit: 4000, timeout: 400 } // beyond it, the difference gets coarser
const SHOWN = 160 // characters of what is the same around a difference

export function compare(older: string, newer: string): Piece[] {
  const pieces: Piece[] = []
  const add = (kind: Piece['kind'], text: string) => {
    if (text) pieces.push({ kind, text })
  }
  let offset = 0
  for (const change of presentableDiff(older, newer, EFFORT)) {
    add('same', older.slice(offset, change.fromA))
    add('gone', older.slice(change.fromA, change.toA))
    add('new', newer.slice(change.fromB, change.toB))
    offset = change.toA
  }
  add('same', older.slice(offset))
  return pieces
}

/** A piece, or so many characters that both texts have and that are left out. */
export type Shown = Piece | { readonly kind: 'left out'; readonly text: string }

/** The pieces with long runs of the same cut at line ends, so that differences stand together. */
export function folded(pieces: readonly Piece[]): Shown[] {
  return pieces.flatMap((piece, index): Shown[] => {
    if (piece.kind !== 'same' || piece.text.length < 3 * SHOWN) return [piece]
    const first = index === 0
    const last = index === pieces.length - 1
    const head = first ? 0 : lineEnd(piece.text, SHOWN)
    const tail = last ? piece.text.length : lineStart(piece.text, piece.text.length - SHOWN)
    if (tail - head < SHOWN) return [piece]
    const shown = (text: string): Shown[] => (text ? [{ kind: 'same', text }] : [])
    return [
      ...shown(piece.text.slice(0, head)),
      { kind: 'left out', text: piece.text.slice(head, tail) },
      ...shown(piece.text.slice(tail)),
    ]
  })
}

function lineEnd(text: string, from: number): number {
  const lineBreak = text.indexOf('\n', from)
  return lineBreak < 0 || lineBreak > from + SHOWN ? from : lineBreak + 1
}

function lineStart(text: string, from: number): number {
  const lineBreak = text.lastIndexOf('\n', from)
  return lineBreak < from - SHOWN ? from : lineBreak + 1
}

/** How many characters were taken away and added. */
export function amount(pieces: readonly Piece[]): { gone: number; added: number } {
  const lengthOf = (kind: Piece['kind']) =>
    pieces.reduce((sum, piece) => sum + (piece.kind === kind ? piece.text.length : 0), 0)
  return { gone: lengthOf('gone'), added: lengthOf('new') }
}

/** The entries by the day they were made on, where the reader is; newest first. */
export function byDay(entries: readonly Entry[]): { day: string; at: number; entries: Entry[] }[] {
  const days: { day: string; at: number; entries: Entry[] }[] = []
  for (const entry of entries) {
    const day = new Date(entry.created * 1000).toDateString()
    const newest = days.at(-1)
    if (newest?.day === day) newest.entries.push(entry)
    else days.push({ day, at: entry.created, entries: [entry] })
  }
  return days
}

/** The revision of the same section before `entry`, in a history that is newest first. */
export function before(entries: readonly Entry[], entry: Entry): Entry | null {
  return entries.find((older) => older.position === entry.position && older.id < entry.id) ?? null
}

/** A whole document as one text, for comparing it with another. */
export function whole(headings: readonly string[], texts: readonly string[]): string {
  return headings
    .map((heading, index) => `## ${heading}\n\n${(texts[index] ?? '').trim()}\n`)
    .join('\n')
}
