/** An outline while it is edited: chapters with their sections, each change a new value; pure. */

import type { DocumentOut, Schema } from '../api/types'
import { countWords } from './words'

export const LEAST_WORDS = 40
export const MOST_WORDS = 200_000

export interface Section {
  readonly id: number
  /** Its position in the stored document; `null` for a new section. */
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
  const flat = doc.sections.map((section, index): Flat => {
    const written = countWords(section.text)
    return {
      id: index + 1,
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
  const flat = plan.sections.map((section, index): Flat => ({
    id: index + 1,
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
    chapter.sections.map((section, index) => ({
      heading: section.heading.trim(),
      words: section.words,
      intent: section.intent.trim() || null,
      chapter: index === 0 && chapter.heading !== null ? chapter.heading.trim() : null,
      origin: section.origin,
    })),
  )
  return { title: outline.title.trim() || null, sections }
}

/** Whether two outlines are stored as the same. */
export function same(first: Outline, second: Outline): boolean {
  const stored = (outline: Outline) => [placed(outline), sectionsOf(outline).map((s) => s.joined)]
  return JSON.stringify(stored(first)) === JSON.stringify(stored(second))
}

export type Fault = 'empty' | 'heading' | 'chapter' | 'many' | 'long'

/** What keeps an outline from being stored, by the id of the section or chapter; 0 is the whole. */
export function faults(outline: Outline): Map<number, Fault> {
  const problems = new Map<number, Fault>()
  const count = sectionsOf(outline).length
  if (count === 0) problems.set(0, 'empty')
  if (count > 400) problems.set(0, 'many')
  for (const chapter of outline.chapters) {
    if (chapter.heading !== null) {
      if (!/[^\s#]/.test(chapter.heading)) problems.set(chapter.id, 'heading')
      else if (chapter.heading.length > 500) problems.set(chapter.id, 'long')
      else if (!chapter.sections.length) problems.set(chapter.id, 'chapter')
    }
    for (const section of chapter.sections) {
      if (!/[^\s#]/.test(section.heading)) problems.set(section.id, 'heading')
      else if (section.heading.length > 500 || section.intent.length > 500)
        problems.set(section.id, 'long')
    }
  }
  return problems
}

function mapChapters(outline: Outline, to: (chapter: Chapter) => Chapter | Chapter[]): Outline {
  return { ...outline, chapters: outline.chapters.flatMap(to) }
}

function place(outline: Outline, id: number): { chapter: number; index: number } | null {
  for (const [chapter, { sections }] of outline.chapters.entries()) {
    const index = sections.findIndex((section) => section.id === id)
    if (index >= 0) return { chapter, index }
  }
  return null
}

export function setSection(outline: Outline, id: number, patch: Partial<Section>): Outline {
  return mapChapters(outline, (chapter) =>
    chapter.sections.some((section) => section.id === id)
      ? {
          ...chapter,
          sections: chapter.sections.map((section) =>
            section.id === id ? { ...section, ...patch } : section,
          ),
        }
      : chapter,
  )
}

export function setChapter(outline: Outline, id: number, heading: string): Outline {
  return mapChapters(outline, (chapter) => (chapter.id === id ? { ...chapter, heading } : chapter))
}

export interface OutlineEdit {
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
export function added(outline: Outline, id: number): OutlineEdit {
  const section = fresh(outline, nextId(outline))
  const last = outline.chapters.length - 1
  const edited = mapChapters(outline, (chapter) => {
    const index = chapter.sections.findIndex((section) => section.id === id)
    const inChapter = chapter.id === id ? 0 : index + 1
    const atEnd = id === 0 && chapter === outline.chapters[last]
    if (chapter.id !== id && index < 0 && !atEnd) return chapter
    const insertAt = atEnd ? chapter.sections.length : inChapter
    return { ...chapter, sections: chapter.sections.toSpliced(insertAt, 0, section) }
  })
  return { outline: edited, id: section.id }
}

/** A new chapter at the end, with one section. */
export function chapterAdded(outline: Outline): OutlineEdit {
  const id = nextId(outline)
  const chapter = { id, heading: '', sections: [fresh(outline, id + 1)] }
  return { outline: { ...outline, chapters: [...outline.chapters, chapter] }, id }
}

/** Without the section or chapter `id`; a chapter's sections go to the one before it. */
export function removed(outline: Outline, id: number): Outline {
  const chapterIndex = outline.chapters.findIndex((chapter) => chapter.id === id)
  const removedChapter = outline.chapters[chapterIndex]
  if (removedChapter && chapterIndex > 0) {
    const chapters = outline.chapters.map((chapter, index) =>
      index === chapterIndex - 1
        ? { ...chapter, sections: [...chapter.sections, ...removedChapter.sections] }
        : chapter,
    )
    return { ...outline, chapters: chapters.toSpliced(chapterIndex, 1) }
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
    const movedChapter = outline.chapters[chapter]
    const to = chapter + by
    if (!movedChapter || to < 1 || to >= outline.chapters.length) return outline
    return {
      ...outline,
      chapters: outline.chapters.toSpliced(chapter, 1).toSpliced(to, 0, movedChapter),
    }
  }
  const from = place(outline, id)
  const section = from && outline.chapters[from.chapter]?.sections[from.index]
  if (!from || !section) return outline
  const siblingCount = outline.chapters[from.chapter]?.sections.length ?? 0
  const staysInChapter = from.index + by >= 0 && from.index + by < siblingCount
  const target = staysInChapter ? from.chapter : from.chapter + by
  const targetChapter = outline.chapters[target]
  if (!targetChapter) return outline
  const without = removed(outline, id)
  const targetIndex = staysInChapter ? from.index + by : by < 0 ? targetChapter.sections.length : 0
  return {
    ...without,
    chapters: without.chapters.map((chapter, index) =>
      index === target
        ? { ...chapter, sections: chapter.sections.toSpliced(targetIndex, 0, section) }
        : chapter,
    ),
  }
}

/**
 * The section `id` begins a chapter, with the sections after it. One without text becomes the
 * heading of the chapter itself; one with text stays a section, below a chapter named like it.
 */
export function outdented(outline: Outline, id: number): OutlineEdit {
  const from = place(outline, id)
  if (!from) return { outline, id }
  const chapterId = nextId(outline)
  let focus = id
  const edited = mapChapters(outline, (chapter) => {
    const index = chapter.sections.findIndex((section) => section.id === id)
    const section = chapter.sections[index]
    if (!section) return chapter
    const keepsSection = section.written > 0 || index === chapter.sections.length - 1
    focus = chapterId
    return [
      { ...chapter, sections: chapter.sections.slice(0, index) },
      {
        id: chapterId,
        heading: section.heading,
        sections: chapter.sections.slice(keepsSection ? index : index + 1),
      },
    ]
  })
  return { outline: edited, id: focus }
}

/** The chapter `id` becomes a section of the chapter before it, and its sections follow there. */
export function indented(outline: Outline, id: number): OutlineEdit {
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
export function split(outline: Outline, id: number): OutlineEdit {
  const section = sectionsOf(outline).find((section) => section.id === id)
  if (!section) return { outline, id }
  const half = Math.max(LEAST_WORDS, Math.ceil(section.words / 2))
  const rest = Math.max(LEAST_WORDS, section.words - half)
  const edited = added(setSection(outline, id, { words: half }), id)
  const heading = `${section.heading} (2)`
  return { outline: setSection(edited.outline, edited.id, { heading, words: rest }), id: edited.id }
}

/** The section and the one after it in its chapter as one, with both texts. */
export function merged(outline: Outline, id: number): Outline {
  const from = place(outline, id)
  const sections = from ? outline.chapters[from.chapter]?.sections : undefined
  const section = from && sections?.[from.index]
  const next = from && sections?.[from.index + 1]
  if (!section || !next) return outline
  const joinedOrigin = next.origin === null || !next.written ? [] : [next.origin]
  const keepsOrigin = section.origin !== null || !joinedOrigin.length
  const joined = [...section.joined, ...(keepsOrigin ? joinedOrigin : []), ...next.joined]
  return setSection(removed(outline, next.id), id, {
    words: section.words + next.words,
    intent: [section.intent, next.intent].filter(Boolean).join('; ').slice(0, 500),
    heading: section.heading.trim() ? section.heading : next.heading,
    origin: keepsOrigin ? section.origin : next.origin,
    written: section.written + next.written,
    locked: section.locked || next.locked,
    joined,
  })
}

export function canMerge(outline: Outline, id: number): boolean {
  const from = place(outline, id)
  return from !== null && from.index + 1 < (outline.chapters[from.chapter]?.sections.length ?? 0)
}

/** Lengths that add up to `goal` (nearly: none is too small); the locked ones stay. */
export function fitted(outline: Outline, goal: number): Outline {
  const unlocked = sectionsOf(outline).filter((section) => !section.locked)
  const sum = unlocked.reduce((total, section) => total + section.words, 0)
  const available = goal - (totalOf(outline) - sum)
  if (!unlocked.length || sum <= 0) return outline
  let rest = Math.max(available, unlocked.length * LEAST_WORDS)
  let weight = sum
  const lengths = new Map<number, number>()
  for (const section of unlocked) {
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
  const sections = sectionsOf(outline)
  const known = new Map(sections.map((section) => [section.heading.trim().toLowerCase(), section]))
  const locked = sections
    .map((section, index) => ({ section, index }))
    .filter(({ section }) => section.locked)
  const lockedIds = new Set(locked.map(({ section }) => section.id))
  let id = nextId(outline)
  const flat: Flat[] = []
  for (const section of plan.sections) {
    const previous = known.get(section.heading.trim().toLowerCase())
    if (previous && lockedIds.has(previous.id)) continue
    const base = previous ?? { ...fresh(outline, id++), written: 0 }
    const chapter = section.chapter ?? null
    flat.push({
      ...base,
      heading: section.heading,
      words: section.words,
      intent: section.intent ?? '',
      chapter,
    })
  }
  const unlocked = flat.slice(0, Math.max(plan.sections.length - locked.length, 0))
  const openings = new Map(
    outline.chapters.flatMap((chapter) => {
      const first = chapter.sections[0]
      return first && chapter.heading !== null ? [[first.id, chapter.heading] as const] : []
    }),
  )
  for (const { section, index } of locked) {
    unlocked.splice(Math.min(index, unlocked.length), 0, {
      ...section,
      chapter: openings.get(section.id) ?? null,
    })
  }
  return grouped(plan.title ?? outline.title, unlocked, id)
}
