/** What would change between two outlines, and the way back from edits; pure. */

import type { DocumentOut } from '../api/types'
import { countWords } from './words'
import { type Outline, type Section, sectionsOf } from './outline'

export type Kind = 'kept' | 'added' | 'removed' | 'moved' | 'changed'

export interface Line {
  readonly kind: Kind
  readonly now: Section | null
  readonly before: Section | null
  /** It is dropped and has a text, which a snapshot keeps. */
  readonly loses: boolean
}

/** The sections of both outlines in one list, in order, each with what happens to it. */
export function changes(before: Outline, now: Outline): Line[] {
  const oldSections = sectionsOf(before)
  const newSections = sectionsOf(now)
  const unmoved = new Set(longestCommon(oldSections.map(idOf), newSections.map(idOf)))
  const oldById = new Map(oldSections.map((section) => [section.id, section]))
  const newIds = new Set(newSections.map(idOf))
  const merged = new Set(newSections.flatMap((section) => section.joined))
  const lines: Line[] = []
  let index = 0
  const dropUntil = (id: number | null) => {
    while (index < oldSections.length && oldSections[index]?.id !== id) {
      const removed = oldSections[index]
      index += 1
      if (removed && !newIds.has(removed.id)) {
        const loses = removed.written > 0 && !merged.has(removed.origin ?? -1)
        lines.push({ kind: 'removed', now: null, before: removed, loses })
      }
    }
  }
  for (const section of newSections) {
    const previous = oldById.get(section.id) ?? null
    if (previous && unmoved.has(section.id)) {
      dropUntil(section.id)
      index += 1
      lines.push({
        kind: alike(previous, section) ? 'kept' : 'changed',
        now: section,
        before: previous,
        loses: false,
      })
    } else {
      lines.push({
        kind: previous ? 'moved' : 'added',
        now: section,
        before: previous,
        loses: false,
      })
    }
  }
  dropUntil(null)
  return lines
}

function idOf(section: Section): number {
  return section.id
}

function alike(section: Section, other: Section): boolean {
  return (
    section.heading === other.heading &&
    section.words === other.words &&
    section.intent === other.intent
  )
}

function longestCommon(first: readonly number[], second: readonly number[]): number[] {
  const width = second.length + 1
  const table = new Uint16Array((first.length + 1) * width)
  const cell = (i: number, j: number) => table[i * width + j] ?? 0
  for (let i = first.length - 1; i >= 0; i -= 1) {
    for (let j = second.length - 1; j >= 0; j -= 1) {
      table[i * width + j] =
        first[i] === second[j] ? cell(i + 1, j + 1) + 1 : Math.max(cell(i + 1, j), cell(i, j + 1))
    }
  }
  const common: number[] = []
  for (let i = 0, j = 0; i < first.length && j < second.length;) {
    if (first[i] === second[j]) {
      common.push(first[i] ?? 0)
      i += 1
      j += 1
    } else if (cell(i + 1, j) >= cell(i, j + 1)) i += 1
    else j += 1
  }
  return common
}

export interface History {
  readonly past: readonly Outline[]
  readonly present: Outline
  readonly future: readonly Outline[]
  /** What the last edit was; edits of the same kind in a row are one step. */
  readonly last: string
}

const DEEPEST = 200

export function begun(present: Outline): History {
  return { past: [], present, future: [], last: '' }
}

/** After an edit; `kind` such as "heading:3" makes one step of what is typed there. */
export function edited(history: History, present: Outline, kind = ''): History {
  if (present === history.present) return history
  const joins = kind !== '' && kind === history.last
  const past = joins ? history.past : [...history.past, history.present].slice(-DEEPEST)
  return { past, present, future: [], last: kind }
}

export function undone({ past, present, future, last }: History): History {
  const before = past.at(-1)
  if (!before) return { past, present, future, last }
  return { past: past.slice(0, -1), present: before, future: [present, ...future], last: '' }
}

export function redone({ past, present, future, last }: History): History {
  const [next, ...rest] = future
  if (!next) return { past, present, future, last }
  return { past: [...past, present], present: next, future: rest, last: '' }
}

/**
 * The history after `saved` was stored as `doc`: each section knows its new place, in all steps.
 * What was dropped is new again where a step back brings it up.
 */
export function stored(
  history: History,
  saved: Outline,
  doc: Pick<DocumentOut, 'sections'>,
): History {
  const positions = new Map(sectionsOf(saved).map((section, index) => [section.id, index]))
  const withPositions = (outline: Outline): Outline => ({
    ...outline,
    chapters: outline.chapters.map((chapter) => ({
      ...chapter,
      sections: chapter.sections.map((section) => {
        const origin = positions.get(section.id) ?? null
        const text = origin === null ? '' : (doc.sections[origin]?.text ?? '')
        return { ...section, origin, joined: [], written: countWords(text) }
      }),
    })),
  })
  return {
    ...history,
    past: history.past.map(withPositions),
    present: withPositions(history.present),
    future: history.future.map(withPositions),
  }
}

/** `mine` over a document whose outline changed meanwhile: sections are found by their headings. */
export function rebased(mine: Outline, doc: Pick<DocumentOut, 'sections'>): Outline {
  const unmatched = new Map(
    doc.sections.map((section) => [section.heading.trim().toLowerCase(), section]),
  )
  const rebasedSection = (section: Section): Section => {
    const key = section.heading.trim().toLowerCase()
    const match = unmatched.get(key)
    unmatched.delete(key)
    return {
      ...section,
      origin: match?.position ?? null,
      joined: [],
      written: countWords(match?.text ?? ''),
    }
  }
  return {
    ...mine,
    chapters: mine.chapters.map((chapter) => ({
      ...chapter,
      sections: chapter.sections.map(rebasedSection),
    })),
  }
}
