/**
 * Folds the events of a document into its sections: pure, so that what a reader sees after any event
 * can be tested against what the server has stored.
 *
 * Offsets in events count code points, as Python does; `utf16Offset` turns them into JavaScript's.
 */

import type { SectionOut } from '../api/types'
import { utf16Offset } from './offsets'

export type Section = SectionOut

/** Characters `from` to `to` (UTF-16) of a section's text become `insert`. */
export interface TextChange {
  readonly position: number
  readonly from: number
  readonly to: number
  readonly insert: string
}

export interface DocumentEvent {
  readonly id: number
  readonly event: string
  readonly [fact: string]: unknown
}

/** What an event changes: a text, other facts of a section, or so much that all is read again. */
interface Effect {
  readonly change?: TextChange
  readonly section?: Partial<Section> & { position: number }
  readonly reload?: true
}

interface Folded {
  readonly sections: readonly Section[]
  readonly last_event: number
}

export interface Fold<Document> {
  readonly document: Document
  /** What happened to a section's text. */
  readonly change: TextChange | null
  /** Whether the outline has changed, so that the document has to be read again. */
  readonly reload: boolean
}

/** Applies `event` to `document`; null when the document has seen it already. */
export function fold<Document extends Folded>(
  document: Document,
  event: DocumentEvent,
): Fold<Document> | null {
  if (event.id <= document.last_event) return null
  const effect = effectOf(document.sections, event)
  if (effect.reload) return { document, change: null, reload: true }
  const sections = applied(document.sections, effect)
  const change = effect.change ?? null
  return { document: { ...document, sections, last_event: event.id }, change, reload: false }
}

/** What `event` does to `sections`, to which all events before it were applied. */
function effectOf(sections: readonly Section[], event: DocumentEvent): Effect {
  if (event.event === 'plan_ready' || event.event === 'outline_changed') return { reload: true }
  if (typeof event.index !== 'number') return {}
  const section = sections[event.index]
  if (!section) return {}
  const position = section.position
  const version = typeof event.version === 'number' ? { version: event.version } : {}
  const whole = (text: string): TextChange => ({
    position,
    from: 0,
    to: section.text.length,
    insert: text,
  })
  const end = section.text.length
  switch (event.event) {
    case 'section_started':
      return { section: { position, state: 'writing', ...version } }
    case 'text_added':
      return {
        change: { position, from: end, to: end, insert: String(event.text) },
        section: { position, ...version },
      }
    case 'text_cut':
      return {
        change: {
          position,
          from: utf16Offset(section.text, Number(event.length)),
          to: end,
          insert: '',
        },
        section: { position, ...version },
      }
    case 'text_replaced':
      return { change: whole(String(event.text)), section: { position, ...version } }
    case 'section_edited':
      return {
        change: whole(String(event.text)),
        section: { position, state: 'final', faults: [], ...version },
      }
    case 'section_finished':
      return {
        section: {
          position,
          state: event.state as Section['state'],
          faults: event.faults as Section['faults'],
          ...version,
        },
      }
    case 'section_reset':
      return { change: whole(''), section: { position, state: 'planned', faults: [], ...version } }
    case 'section_skipped':
      return { section: { position, state: 'final', faults: [], ...version } }
    default:
      return { section: { position, ...version } }
  }
}

/** `sections` after `effect`. */
function applied(sections: readonly Section[], { change, section }: Effect): Section[] {
  return sections.map((before) => {
    let after = before
    if (change?.position === before.position) {
      const text = before.text.slice(0, change.from) + change.insert + before.text.slice(change.to)
      after = { ...after, text }
    }
    return section?.position === before.position ? { ...after, ...section } : after
  })
}
