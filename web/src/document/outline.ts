/** An outline while it is edited: chapters with their sections, each change a new value; pure. */

import type { DocumentOut, Schema } from '../api/types'
import { countWords } from './words'

export const LEAST_WORDS = 40
export const MOST_WORDS = 200_000

export interface Section {
  readonly id: number
  /** Where it stands in the stored document; `null` for a new one. */
  readonly origin: number | null
  readonly heading: string
  readonly words: number
  readonly intent: string
  /** Stays when the outline is generated again. */
  readonly locked: boolean
  /** Words of the text that it has. */
  readonly written: number
  /** Stored sections whose texts follow its own, since they were merged into it. */
  readonly joined: readonly number[]
}

/** `heading` is `null` for the sections before the first chapter, which come first. */
export interface Chapter {
  readonly id: number
  readonly heading: string | null
  readonly sections: readonly Section[]
}

export interface Outline {
  readonly title: string
  readonly chapters: readonly Chapter[]
}

export type Plan = Pick<Schema['Outline-Output'], 'title' | 'sections'>

export function sectionsOf(outline: Outline): Section[] {
  return outline.chapters.flatMap((chapter) => [...chapter.sections])
}

export function totalOf(outline: Outline): number {
  return sectionsOf(outline).reduce((sum, section) => sum + section.words, 0)
}

function nextId(outline: Outline): number {
  const ids = outline.chapters.flatMap((chapter) => [
    chapter.id,
    ...chapter.sections.map(({ id }) => id),
  ])
  return Math.max(0, ...ids) + 1
}

interface Flat extends Section {
  readonly chapter: string | null
}

function grouped(title: string, flat: readonly Flat[], id: number): Outline {
  const chapters: { id: number; heading: string | null; sections: Section[] }[] = [
    { id: id++, heading: null, sections: [] },
  ]
  for (const { chapter, ...section } of flat) {
    if (chapter !== null) chapters.push({ id: id++, heading: chapter, sections: [] })
    chapters.at(-1)?.sections.push(section)
  }
  return { title, chapters }
}

/** The outline of a stored document; what has text is locked. */
export function outlineOf(doc: Pick<DocumentOut, 'title' | 'sections'>): Outline {
  const flat = doc.sections.map((section, at): Flat => {
    const written = countWords(section.text)
    return {
      id: at + 1,
      origin: section.position,
      heading: section.heading,
      words: section.words_planned,
      intent: section.intent ?? '',
      chapter: section.chapter,
      locked: written > 0,
      written,
      joined: [],
    }
  })
  return grouped(doc.title ?? '', flat, flat.length + 1)
}

/** A new outline as the model proposed it. */
export function outlineFrom(plan: Plan): Outline {
  const flat = plan.sections.map((section, at): Flat => ({
    id: at + 1,
    origin: null,
    heading: section.heading,
    words: section.words,
    intent: section.intent ?? '',
    chapter: section.chapter ?? null,
    locked: false,
    written: 0,
    joined: [],
  }))
  return grouped(plan.title ?? '', flat, flat.length + 1)
}

/** What the server stores. */
export function placed(outline: Outline): Schema['OutlineIn'] {
  const sections = outline.chapters.flatMap((chapter) =>
    chapter.sections.map((section, at) => ({
      heading: section.heading.trim(),
      words: section.words,
      intent: section.intent.trim() || null,
      chapter: at === 0 && chapter.heading !== null ? chapter.heading.trim() : null,
      origin: section.origin,
    })),
  )
  return { title: outline.title.trim() || null, sections }
}

/** Whether two outlines are stored as the same. */
export function same(one: Outline, other: Outline): boolean {
  const all = (outline: Outline) => [placed(outline), sectionsOf(outline).map((s) => s.joined)]
  return JSON.stringify(all(one)) === JSON.stringify(all(other))
}

export type Fault = 'empty' | 'heading' | 'chapter' | 'many' | 'long'

/** What keeps an outline from being stored, by the id of the section or chapter; 0 is the whole. */
export function faults(outline: Outline): Map<number, Fault> {
  const found = new Map<number, Fault>()
  const count = sectionsOf(outline).length
  if (count === 0) found.set(0, 'empty')
  if (count > 400) found.set(0, 'many')
  for (const chapter of outline.chapters) {
    if (chapter.heading !== null) {
      if (!/[^\s#]/.test(chapter.heading)) found.set(chapter.id, 'heading')
      else if (chapter.heading.length > 500) found.set(chapter.id, 'long')
      else if (!chapter.sections.length) found.set(chapter.id, 'chapter')
    }
    for (const section of chapter.sections) {
      if (!/[^\s#]/.test(section.heading)) found.set(section.id, 'heading')
      else if (section.heading.length > 500 || section.intent.length > 500)
        found.set(section.id, 'long')
    }
  }
  return found
}

function mapChapters(outline: Outline, to: (chapter: Chapter) => Chapter | Chapter[]): Outline {
  return { ...outline, chapters: outline.chapters.flatMap(to) }
}

function place(outline: Outline, id: number): { chapter: number; at: number } | null {
  for (const [chapter, one] of outline.chapters.entries()) {
    const at = one.sections.findIndex((section) => section.id === id)
    if (at >= 0) return { chapter, at }
  }
  return null
}

export function setSection(outline: Outline, id: number, to: Partial<Section>): Outline {
  return mapChapters(outline, (chapter) =>
    chapter.sections.some((section) => section.id === id)
      ? {
          ...chapter,
          sections: chapter.sections.map((section) =>
            section.id === id ? { ...section, ...to } : section,
          ),
        }
      : chapter,
  )
}

export function setChapter(outline: Outline, id: number, heading: string): Outline {
  return mapChapters(outline, (chapter) => (chapter.id === id ? { ...chapter, heading } : chapter))
}

export interface Made {
  readonly outline: Outline
  /** Of what was made, or should have the focus. */
  readonly id: number
}

function fresh(outline: Outline, id: number): Section {
  const all = sectionsOf(outline)
  const words = all.length ? Math.round(totalOf(outline) / all.length) : 200
  const rest = { heading: '', intent: '', locked: false, written: 0, joined: [] }
  return { ...rest, id, origin: null, words: Math.max(LEAST_WORDS, words) }
}

/** A new section after the section or at the beginning of the chapter `id`; at the end for 0. */
export function added(outline: Outline, id: number): Made {
  const section = fresh(outline, nextId(outline))
  const last = outline.chapters.length - 1
  const made = mapChapters(outline, (chapter) => {
    const at = chapter.sections.findIndex((section) => section.id === id)
    const into = chapter.id === id ? 0 : at + 1
    const end = id === 0 && chapter === outline.chapters[last]
    if (chapter.id !== id && at < 0 && !end) return chapter
    const where = end ? chapter.sections.length : into
    return { ...chapter, sections: chapter.sections.toSpliced(where, 0, section) }
  })
  return { outline: made, id: section.id }
}

/** A new chapter at the end, with one section. */
export function chapterAdded(outline: Outline): Made {
  const id = nextId(outline)
  const chapter = { id, heading: '', sections: [fresh(outline, id + 1)] }
  return { outline: { ...outline, chapters: [...outline.chapters, chapter] }, id }
}

/** Without the section or chapter `id`; a chapter's sections go to the one before it. */
export function removed(outline: Outline, id: number): Outline {
  const at = outline.chapters.findIndex((chapter) => chapter.id === id)
  const gone = outline.chapters[at]
  if (gone && at > 0) {
    const chapters = outline.chapters.map((chapter, index) =>
      index === at - 1
        ? { ...chapter, sections: [...chapter.sections, ...gone.sections] }
        : chapter,
    )
    return { ...outline, chapters: chapters.toSpliced(at, 1) }
  }
  return mapChapters(outline, (chapter) => ({
    ...chapter,
    sections: chapter.sections.filter((section) => section.id !== id),
  }))
}

/** The section moved a place up (-1) or down (1), into the next chapter at its end; or a chapter. */
export function moved(outline: Outline, id: number, by: -1 | 1): Outline {
  const chapter = outline.chapters.findIndex((chapter) => chapter.id === id)
  if (chapter >= 0) {
    const one = outline.chapters[chapter]
    const to = chapter + by
    if (!one || to < 1 || to >= outline.chapters.length) return outline
    return { ...outline, chapters: outline.chapters.toSpliced(chapter, 1).toSpliced(to, 0, one) }
  }
  const from = place(outline, id)
  const section = from && outline.chapters[from.chapter]?.sections[from.at]
  if (!from || !section) return outline
  const own = outline.chapters[from.chapter]?.sections.length ?? 0
  const inside = from.at + by >= 0 && from.at + by < own
  const target = inside ? from.chapter : from.chapter + by
  const goal = outline.chapters[target]
  if (!goal) return outline
  const without = removed(outline, id)
  const at = inside ? from.at + by : by < 0 ? goal.sections.length : 0
  return {
    ...without,
    chapters: without.chapters.map((chapter, index) =>
      index === target
        ? { ...chapter, sections: chapter.sections.toSpliced(at, 0, section) }
        : chapter,
    ),
  }
}

/**
 * The section `id` begins a chapter, with the sections after it. One without text becomes the
 * heading of the chapter itself; one with text stays a section, below a chapter named like it.
 */
export function outdented(outline: Outline, id: number): Made {
  const from = place(outline, id)
  if (!from) return { outline, id }
  const fresh = nextId(outline)
  let focus = id
  const made = mapChapters(outline, (chapter) => {
    const at = chapter.sections.findIndex((section) => section.id === id)
    const section = chapter.sections[at]
    if (!section) return chapter
    const stays = section.written > 0 || at === chapter.sections.length - 1
    focus = fresh
    return [
      { ...chapter, sections: chapter.sections.slice(0, at) },
      {
        id: fresh,
        heading: section.heading,
        sections: chapter.sections.slice(stays ? at : at + 1),
      },
    ]
  })
  return { outline: made, id: focus }
}

/** The chapter `id` becomes a section of the chapter before it, and its sections follow there. */
export function indented(outline: Outline, id: number): Made {
  const chapter = outline.chapters.find((chapter) => chapter.id === id)
  if (!chapter || chapter.heading === null) return { outline, id }
  const [first] = chapter.sections
  // Outdenting left a section of the same name in it: no second one is needed.
  if (first && first.heading === chapter.heading) {
    return { outline: removed(outline, id), id: first.id }
  }
  const section = { ...fresh(outline, nextId(outline)), heading: chapter.heading }
  const withOwn = mapChapters(outline, (chapter) =>
    chapter.id === id ? { ...chapter, sections: [section, ...chapter.sections] } : chapter,
  )
  return { outline: removed(withOwn, id), id: section.id }
}

/** Two sections of half the length; the text stays with the first. */
export function split(outline: Outline, id: number): Made {
  const found = sectionsOf(outline).find((section) => section.id === id)
  if (!found) return { outline, id }
  const half = Math.max(LEAST_WORDS, Math.ceil(found.words / 2))
  const rest = Math.max(LEAST_WORDS, found.words - half)
  const made = added(setSection(outline, id, { words: half }), id)
  const heading = `${found.heading} (2)`
  return { outline: setSection(made.outline, made.id, { heading, words: rest }), id: made.id }
}

/** The section and the one after it in its chapter as one, with both texts. */
export function merged(outline: Outline, id: number): Outline {
  const from = place(outline, id)
  const sections = from ? outline.chapters[from.chapter]?.sections : undefined
  const section = from && sections?.[from.at]
  const next = from && sections?.[from.at + 1]
  if (!section || !next) return outline
  const gone = next.origin === null || !next.written ? [] : [next.origin]
  const keeps = section.origin !== null || !gone.length
  const joined = [...section.joined, ...(keeps ? gone : []), ...next.joined]
  return setSection(removed(outline, next.id), id, {
    words: section.words + next.words,
    intent: [section.intent, next.intent].filter(Boolean).join('; ').slice(0, 500),
    heading: section.heading.trim() ? section.heading : next.heading,
    origin: keeps ? section.origin : next.origin,
    written: section.written + next.written,
    locked: section.locked || next.locked,
    joined,
  })
}

export function canMerge(outline: Outline, id: number): boolean {
  const from = place(outline, id)
  return from !== null && from.at + 1 < (outline.chapters[from.chapter]?.sections.length ?? 0)
}

/** Lengths that add up to `goal` (nearly: none is too small); the locked ones stay. */
export function fitted(outline: Outline, goal: number): Outline {
  const free = sectionsOf(outline).filter((section) => !section.locked)
  const sum = free.reduce((all, section) => all + section.words, 0)
  const left = goal - (totalOf(outline) - sum)
  if (!free.length || sum <= 0) return outline
  let rest = Math.max(left, free.length * LEAST_WORDS)
  let weight = sum
  const lengths = new Map<number, number>()
  for (const section of free) {
    const words = Math.max(LEAST_WORDS, Math.round((rest * section.words) / weight))
    lengths.set(section.id, words)
    rest -= words
    weight -= section.words
  }
  return mapChapters(outline, (chapter) => ({
    ...chapter,
    sections: chapter.sections.map((section) => ({
      ...section,
      words: lengths.get(section.id) ?? section.words,
    })),
  }))
}

/**
 * The outline with what the model proposes for it: locked sections stay where they are, and what
 * has the same heading as before keeps its text.
 */
export function regenerated(outline: Outline, plan: Plan): Outline {
  const old = sectionsOf(outline)
  const known = new Map(old.map((section) => [section.heading.trim().toLowerCase(), section]))
  const locked = old.map((section, at) => ({ one: section, at })).filter(({ one }) => one.locked)
  const kept = new Set(locked.map(({ one }) => one.id))
  let id = nextId(outline)
  const flat: Flat[] = []
  for (const section of plan.sections) {
    const before = known.get(section.heading.trim().toLowerCase())
    if (before && kept.has(before.id)) continue
    const base = before ?? { ...fresh(outline, id++), written: 0 }
    const chapter = section.chapter ?? null
    flat.push({
      ...base,
      heading: section.heading,
      words: section.words,
      intent: section.intent ?? '',
      chapter,
    })
  }
  const free = flat.slice(0, Math.max(plan.sections.length - locked.length, 0))
  const openings = new Map(
    outline.chapters.flatMap((chapter) => {
      const first = chapter.sections[0]
      return first && chapter.heading !== null ? [[first.id, chapter.heading] as const] : []
    }),
  )
  for (const { one, at } of locked) {
    free.splice(Math.min(at, free.length), 0, { ...one, chapter: openings.get(one.id) ?? null })
  }
  return grouped(plan.title ?? outline.title, free, id)
}
