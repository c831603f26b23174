/**
 * A whole document in one editor: title, headings and the bodies of its sections.
 *
 * The bodies may be edited; title and headings belong to the outline and are protected.
 */

import {
  Annotation,
  ChangeSet,
  EditorState,
  type Extension,
  StateEffect,
  StateField,
  type Text,
  type Transaction,
} from '@codemirror/state'
import type { ViewUpdate } from '@codemirror/view'
import { asText } from '../document/buffer'

/** The place of a section: the line of its heading, and its body. */
export interface Body {
  readonly position: number
  readonly heading: number
  readonly from: number
  readonly to: number
}

export interface Layout {
  readonly text: Text
  readonly bodies: readonly Body[]
}

interface Source {
  readonly preamble: string
  readonly sections: readonly {
    readonly position: number
    readonly heading: string
    readonly chapter: string | null
  }[]
}

/** Changes that came from the server: they are shown, not saved, and cannot be undone. */
export const remote = Annotation.define<true>()
export const setBodies = StateEffect.define<readonly Body[]>()

const GAP = '\n\n'
const LEVEL = 2

/** The text of the whole document; `text` gives each section's body. */
export function layOut(source: Source, text: (position: number) => string): Layout {
  const level = LEVEL + Number(source.sections.some((section) => section.chapter))
  const bodies: Body[] = []
  let document = source.preamble
  for (const section of source.sections) {
    if (document) document += GAP
    if (section.chapter) document += `${'#'.repeat(LEVEL)} ${section.chapter}${GAP}`
    const heading = document.length
    document += `${'#'.repeat(level)} ${section.heading}${GAP}`
    const from = document.length
    document += text(section.position)
    bodies.push({ position: section.position, heading, from, to: document.length })
  }
  return { text: asText(document), bodies: bodies }
}

export const bodies = StateField.define<readonly Body[]>({
  create: () => [],
  update(value, transaction) {
    for (const effect of transaction.effects) if (effect.is(setBodies)) return effect.value
    if (!transaction.docChanged) return value
    const { changes } = transaction
    return value.map((body) => ({
      position: body.position,
      heading: changes.mapPos(body.heading, 1),
      from: changes.mapPos(body.from, -1),
      to: changes.mapPos(body.to, 1),
    }))
  },
})

/** The body at `at`; none in a title or heading. */
export function bodyAt(bodies: readonly Body[], offset: number): Body | null {
  const body = sectionAt(bodies, offset)
  return body && body.from <= offset && offset <= body.to ? body : null
}

/** The section whose heading or body `at` stands in, or after; none before the first. */
export function sectionAt(bodies: readonly Body[], offset: number): Body | null {
  let low = 0
  let high = bodies.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((bodies[middle]?.heading ?? 0) <= offset) low = middle + 1
    else high = middle
  }
  return bodies[low - 1] ?? null
}

export function bodyOf(state: EditorState, position: number): Body | undefined {
  return state.field(bodies)[position]
}

/** What a person's transaction does to each section, in the section's own offsets. */
export function bodyChanges(transaction: Transaction): Map<number, ChangeSet> {
  const all = transaction.startState.field(bodies)
  const specs = new Map<Body, { from: number; to: number; insert: Text }[]>()
  transaction.changes.iterChanges((from, to, _start, _end, insert) => {
    const body = bodyAt(all, from)
    if (!body || to > body.to) return
    const known = specs.get(body) ?? []
    known.push({ from: from - body.from, to: to - body.from, insert })
    specs.set(body, known)
  }, true)
  return new Map(
    [...specs].map(([body, changes]) => [
      body.position,
      ChangeSet.of(changes, body.to - body.from),
    ]),
  )
}

/** The sections whose bodies an update has changed. */
export function changedSections(update: ViewUpdate): Set<number> {
  const all = update.state.field(bodies)
  const positions = new Set<number>()
  update.changes.iterChangedRanges((_from, _to, from, to) => {
    for (let offset: number | undefined = from; offset !== undefined && offset <= to;) {
      const body = sectionAt(all, offset)
      if (body) positions.add(body.position)
      offset = all[body ? body.position + 1 : 0]?.heading
    }
  })
  return positions
}

/** Changes of sections, each in its own offsets, as changes of the whole. */
export function wholeChanges(
  state: EditorState,
  changes: ReadonlyMap<number, ChangeSet>,
): ChangeSet {
  const specs: { from: number; to: number; insert: Text }[] = []
  for (const [position, change] of changes) {
    const body = bodyOf(state, position)
    if (!body) continue
    change.iterChanges((from, to, _start, _end, insert) => {
      specs.push({ from: body.from + from, to: body.from + to, insert })
    }, true)
  }
  return ChangeSet.of(specs, state.doc.length)
}

/** Keeps a person's changes within the bodies. */
const protect = EditorState.changeFilter.of((transaction) => {
  if (transaction.annotation(remote)) return true
  const all = transaction.startState.field(bodies)
  const first = all[0]
  if (!first) return false
  const spared: number[] = []
  let before = 0
  for (const body of all) {
    spared.push(before, body.from)
    before = body.to
  }
  let above = false
  transaction.changes.iterChangedRanges((from, to) => {
    above ||= to === 0 && from === 0
  })
  return above ? false : spared
})

export function sections(layout: Layout): Extension {
  return [bodies.init(() => layout.bodies), protect]
}
