/** The form of a brief: what is typed, as it is typed; pure. Limits are those of the server. */

import type { Schema } from '../api/types'
import type { Text } from '../i18n/locale.svelte'
import { countWords } from './words'

export type Brief = Schema['Brief-Input']
export type Kind = NonNullable<Brief['kind']>
/** As a template or an older document has it: what is not given may be missing. */
export type PartialBrief = Partial<Brief> & Pick<Brief, 'task'>
export type Mode = 'careful' | 'draft'

export const DEFAULT_WORDS: Readonly<Record<Kind, number>> = {
  article: 800,
  tutorial: 1000,
  report: 1000,
  story: 1200,
  essay: 800,
  speech: 600,
  email: 200,
  answer: 300,
}
export const KINDS = Object.keys(DEFAULT_WORDS) as Kind[]
export const LIMITS = {
  line: 500,
  paragraph: 100_000,
  fewestWords: 10,
  mostWords: 200_000,
  sections: 400,
  requirements: 50,
} as const

export interface DraftSection {
  readonly id: number
  readonly heading: string
  readonly words: string
  readonly intent: string
  readonly chapter: string
}

export interface Draft {
  readonly task: string
  readonly role: string
  readonly example: string
  readonly title: string
  readonly words: string
  readonly tone: string
  readonly audience: string
  readonly language: '' | 'en' | 'zh'
  readonly kind: Kind
  /** One a line. */
  readonly requirements: string
  readonly structure: readonly DraftSection[]
  readonly mode: Mode
}

/** A field of the form, or a part of one section of the structure. */
export type FieldName = keyof Draft | `heading:${number}` | `words:${number}` | `intent:${number}`

export const EMPTY: Draft = {
  task: '',
  role: '',
  example: '',
  title: '',
  words: '',
  tone: '',
  audience: '',
  language: '',
  kind: 'article',
  requirements: '',
  structure: [],
  mode: 'careful',
}

export function isEmpty(draft: Draft): boolean {
  return JSON.stringify({ ...draft, mode: EMPTY.mode }) === JSON.stringify(EMPTY)
}

/** What is wrong with a form, by field; the server would refuse it. A missing task is not here. */
export function problems(draft: Draft): Map<FieldName, Text> {
  const errors = new Map<FieldName, Text>()
  const checkLine = (field: FieldName, value: string) => {
    if (value.trim().length > LIMITS.line) errors.set(field, TOO_LONG)
  }
  for (const field of ['role', 'title', 'tone', 'audience'] as const) checkLine(field, draft[field])
  for (const field of ['task', 'example'] as const) {
    if (draft[field].length > LIMITS.paragraph) errors.set(field, TOO_LONG)
  }
  if (draft.title.trim() && !hasName(draft.title)) errors.set('title', NO_WORDS)
  if (wordsOf(draft.words) === undefined) errors.set('words', NOT_A_LENGTH)
  const requirements = linesOf(draft.requirements)
  if (requirements.length > LIMITS.requirements) errors.set('requirements', TOO_MANY)
  for (const requirement of requirements) checkLine('requirements', requirement)
  if (draft.structure.length > LIMITS.sections) errors.set('structure', TOO_MANY)
  for (const section of draft.structure) {
    checkLine(`heading:${section.id}`, section.heading)
    checkLine(`intent:${section.id}`, section.intent)
    if (!hasName(section.heading) && (section.heading + section.intent + section.words).trim()) {
      errors.set(`heading:${section.id}`, NO_WORDS)
    }
    if (wordsOf(section.words) === undefined) errors.set(`words:${section.id}`, NOT_A_LENGTH)
  }
  return errors
}

const TOO_LONG: Text = { en: 'This is too long.', zh: '内容过长。' }
const TOO_MANY: Text = { en: 'Too many entries.', zh: '条目过多。' }
const NO_WORDS: Text = { en: 'A heading cannot be empty.', zh: '标题不能为空。' }
const NOT_A_LENGTH: Text = {
  en: 'A whole number from 10 to 200,000.',
  zh: '请填 10 到 200,000 之间的整数。',
}

/** The brief of a form; `null` while it has no task or something the server would refuse. */
export function briefOf(draft: Draft): Brief | null {
  if (!draft.task.trim() || problems(draft).size) return null
  const structure = draft.structure
    .filter((section) => hasName(section.heading))
    .map((section) => ({
      heading: section.heading.trim(),
      words: wordsOf(section.words) ?? null,
      intent: section.intent.trim() || null,
      chapter: hasName(section.chapter) ? section.chapter.trim() : null,
    }))
  return {
    task: draft.task.trim(),
    role: draft.role.trim() || null,
    kind: draft.kind,
    language: draft.language || null,
    words: wordsOf(draft.words) ?? null,
    structure,
    requirements: linesOf(draft.requirements),
    example: draft.example.trim() || null,
    tone: draft.tone.trim() || null,
    audience: draft.audience.trim() || null,
    title: draft.title.trim() || null,
  }
}

/** A brief that is only a task: one line is enough. */
export function taskOnly(task: string): Brief {
  return { task, kind: 'article', requirements: [], structure: [] }
}

/** The form that shows `brief`. */
export function draftOf(brief: PartialBrief, mode: Mode = 'careful'): Draft {
  const requirements = brief.requirements ?? []
  return {
    task: brief.task,
    role: brief.role ?? '',
    example: brief.example ?? '',
    title: brief.title ?? '',
    words: brief.words ? String(brief.words) : '',
    tone: brief.tone ?? '',
    audience: brief.audience ?? '',
    language: brief.language ?? '',
    kind: brief.kind ?? 'article',
    requirements: (typeof requirements === 'string' ? [requirements] : requirements).join('\n'),
    structure: (brief.structure ?? []).map((section, index) =>
      typeof section === 'string'
        ? { ...blank(index + 1), heading: section }
        : {
            id: index + 1,
            heading: section.heading,
            words: section.words ? String(section.words) : '',
            intent: section.intent ?? '',
            chapter: section.chapter ?? '',
          },
    ),
    mode,
  }
}

/** A number typed as a length; `null` for none, `undefined` for what is no length. */
export function wordsOf(typed: string): number | null | undefined {
  const plain = typed.replace(/[,，\s]/g, '').normalize('NFKC')
  if (!plain) return null
  if (!/^\d+$/.test(plain)) return undefined
  const words = Number(plain)
  return words >= LIMITS.fewestWords && words <= LIMITS.mostWords ? words : undefined
}

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
}

function hasName(heading: string): boolean {
  return /[^\s#]/.test(heading)
}

/** The length that will be written: the one asked for, else that of the sections, else the usual. */
export function totalWords(draft: Draft): number {
  const requested = wordsOf(draft.words)
  if (requested) return requested
  const named = draft.structure.filter((section) => hasName(section.heading))
  const lengths = named
    .map((section) => wordsOf(section.words))
    .filter((words) => typeof words === 'number')
  if (!lengths.length) return DEFAULT_WORDS[draft.kind]
  const sum = lengths.reduce((sum, words) => sum + words, 0)
  return Math.floor((sum * named.length) / lengths.length)
}

/** The language of a task when none is chosen: the one that most of its words are in. */
export function languageOf(task: string): 'en' | 'zh' {
  const han = task.match(/\p{Script=Han}/gu)?.length ?? 0
  return han * 2 > countWords(task) ? 'zh' : 'en'
}

function blank(id: number): DraftSection {
  return { id, heading: '', words: '', intent: '', chapter: '' }
}

function nextId(sections: readonly DraftSection[]): number {
  return Math.max(0, ...sections.map((section) => section.id)) + 1
}

/** A new empty section at `at`. */
export function added(draft: Draft, index = draft.structure.length): Draft {
  const structure = draft.structure.toSpliced(index, 0, blank(nextId(draft.structure)))
  return { ...draft, structure }
}

export function removed(draft: Draft, id: number): Draft {
  return { ...draft, structure: draft.structure.filter((section) => section.id !== id) }
}

export function changed(draft: Draft, id: number, patch: Partial<DraftSection>): Draft {
  const structure = draft.structure.map((section) =>
    section.id === id ? { ...section, ...patch } : section,
  )
  return { ...draft, structure }
}

/** The section moved by `by` places, as far as there are. */
export function moved(draft: Draft, id: number, by: number): Draft {
  const from = draft.structure.findIndex((section) => section.id === id)
  const section = draft.structure[from]
  const to = Math.min(Math.max(from + by, 0), draft.structure.length - 1)
  if (!section || to === from) return draft
  return { ...draft, structure: draft.structure.toSpliced(from, 1).toSpliced(to, 0, section) }
}

const NUMBERING =
  /^\s*(?:#{1,6}\s+|[-*+•]\s+|\d{1,2}(?:\.\d{1,2})+[.)]?\s+|\d{1,3}[.)、．:：]\s*(?!\d)|[一二三四五六七八九十]+[、．]\s*)/
const LENGTH = /[（(]\s*(?:约|about|~)?\s*(\d[\d,]*)\s*(?:words?|字)?\s*[)）]\s*$/i
const INTENT = /\s+[—–-]\s+|[：:]\s*|——/

/**
 * Lines of a pasted list as sections: without numbering and markers, with the length in brackets
 * ("Leaf (120)"), and what follows a colon or dash as what it is to say.
 */
export function pasted(draft: Draft, text: string, index = draft.structure.length): Draft {
  let id = nextId(draft.structure)
  const sections = text
    .split(/\r?\n/)
    .map((line) => line.replace(NUMBERING, '').trim())
    .filter((line) => hasName(line))
    .map((line): DraftSection => {
      const separator = INTENT.exec(line)
      const parts =
        separator && separator.index > 0
          ? [line.slice(0, separator.index), after(line, separator)]
          : [line, '']
      const [name = '', purpose = ''] = parts
      const length = LENGTH.exec(name) ?? LENGTH.exec(purpose)
      return {
        id: id++,
        heading: name.replace(LENGTH, '').trim().slice(0, LIMITS.line),
        words: length?.[1]?.replace(/,/g, '') ?? '',
        intent: purpose.replace(LENGTH, '').trim().slice(0, LIMITS.line),
        chapter: '',
      }
    })
  const structure = draft.structure.toSpliced(index, 0, ...sections)
  return { ...draft, structure: structure.slice(0, LIMITS.sections) }
}

function after(line: string, match: RegExpExecArray): string {
  return line.slice(match.index + match[0].length)
}

/** Text, offsets in characters as Python counts them, with `edits` made. */
export function edited(text: string, edits: readonly Schema['EditOut'][]): string {
  const points = [...text]
  for (const edit of [...edits].sort((a, b) => b.start - a.start)) {
    points.splice(edit.start, edit.end - edit.start, ...edit.text)
  }
  return points.join('')
}

/** What a reload finds again, as it was kept; `null` for what is no form of a brief. */
export function parseDraft(json: string | null): Draft | null {
  if (!json) return null
  let parsed: unknown
  try {
    parsed = JSON.parse(json)
  } catch {
    return null
  }
  if (typeof parsed !== 'object' || parsed === null) return null
  const draft = { ...EMPTY, ...parsed } as Draft
  const fields = Object.entries(EMPTY).filter(([, value]) => typeof value === 'string')
  const valid = fields.every(([name]) => typeof draft[name as keyof Draft] === 'string')
  return valid && Array.isArray(draft.structure) ? draft : null
}
