/** The list of documents: states, filters, order; pure. */

import type { JobOut, Schema } from '../api/types'

export type Summary = Schema['SummaryOut']
export type State = 'writing' | 'paused' | 'failed' | 'review' | 'done' | 'planned' | 'begun'
export type Order = 'updated' | 'created' | 'title' | 'words'
export const ORDERS: readonly Order[] = ['updated', 'created', 'title', 'words']

/** What a document is at; `job` is newer than the summary where there is one. */
export function stateOf(document: Summary, job: JobOut['state'] | null = document.job): State {
  if (job === 'running' || job === 'queued') return 'writing'
  const complete = document.sections > 0 && document.written >= document.sections
  if (complete) return document.review > 0 ? 'review' : 'done'
  if (job === 'paused') return 'paused'
  if (job === 'failed') return 'failed'
  return document.words > 0 ? 'begun' : 'planned'
}

/** How much of a document is written, 0 to 1. */
export function shareOf(document: Summary): number {
  if (document.sections > 0 && document.written >= document.sections) return 1
  const bySections = document.sections ? document.written / document.sections : 0
  const byWords = document.words_planned ? document.words / document.words_planned : 0
  return Math.min(0.99, Math.max(bySections, byWords))
}

export function tagsOf(documents: readonly Summary[]): string[] {
  const counts = new Map<string, number>()
  for (const document of documents) {
    for (const tag of document.tags) counts.set(tag, (counts.get(tag) ?? 0) + 1)
  }
  return [...counts].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0])).map(([tag]) => tag)
}

/** Tags as they are typed, with commas of either language between them; each once. */
export function tagsIn(typed: string): string[] {
  const tags = typed
    .split(/[,，、;；\n]/)
    .map((tag) => tag.trim().slice(0, 60).trim())
    .filter(Boolean)
  return [...new Set(tags)].slice(0, 50)
}

export interface DocumentFilter {
  readonly words: string
  readonly tag: string | null
  readonly order: Order
}

/** The documents with `words` in title, tags or beginning, of the tag, in the order. */
export function chosen(
  documents: readonly Summary[],
  { words, tag, order }: DocumentFilter,
): Summary[] {
  const query = words.trim().toLowerCase()
  const matching = documents.filter(
    (document) =>
      (tag === null || document.tags.includes(tag)) &&
      (!query ||
        document.title.toLowerCase().includes(query) ||
        document.tags.some((name) => name.toLowerCase().includes(query))),
  )
  const comparators: Record<Order, (a: Summary, b: Summary) => number> = {
    updated: (a, b) => b.updated - a.updated,
    created: (a, b) => b.created - a.created,
    title: (a, b) => a.title.localeCompare(b.title, undefined, { numeric: true }),
    words: (a, b) => b.words - a.words,
  }
  return matching.sort(comparators[order])
}

/** `excerpt` in pieces, every second of which is what was looked for. */
export function marked(excerpt: string, words: string): string[] {
  const query = words.trim()
  if (!query) return [excerpt]
  const escaped = query.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return excerpt.split(new RegExp(`(${escaped})`, 'iu'))
}

/** `changed` in the place of what has the same id, new ones first. */
export function updated(
  documents: readonly Summary[],
  changed: readonly Summary[],
): readonly Summary[] {
  const fresh = new Map(changed.map((document) => [document.id, document]))
  const known = new Set(documents.map((document) => document.id))
  const added = changed.filter((document) => !known.has(document.id))
  return [...added, ...documents.map((document) => fresh.get(document.id) ?? document)]
}
