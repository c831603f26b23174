import { describe, expect, it } from 'vitest'
import type { SectionOut } from '../../src/api/types'
import { type DocumentEvent, fold } from '../../src/document/events'

interface Document {
  readonly sections: readonly SectionOut[]
  readonly last_event: number
}

function section(position: number, text = '', version = 1): SectionOut {
  const facts = { heading: `Part ${position}`, state: 'planned', faults: [], words_planned: 100 }
  return { ...facts, position, text, version } as unknown as SectionOut
}

const DOCUMENT: Document = { sections: [section(0), section(1)], last_event: 10 }

/** The document after events whose ids count on from its last one. */
function after(document: Document, ...events: readonly Omit<DocumentEvent, 'id'>[]): Document {
  return events.reduce<Document>((known, event) => {
    const folded = fold(known, { ...event, id: known.last_event + 1 } as DocumentEvent)
    if (!folded) throw new Error('the event was passed over')
    return folded.document
  }, document)
}

function only(text: string): Document {
  return { sections: [section(0, text)], last_event: 1 }
}

const added = (text: string, version: number, index = 0) => ({
  event: 'text_added',
  index,
  text,
  version,
})

describe('text that is written', () => {
  it('is appended to its section, whose version goes with it', () => {
    const { sections, last_event } = after(DOCUMENT, added('Tea ', 2, 1), added('grows.', 3, 1))
    expect(sections[1]).toMatchObject({ text: 'Tea grows.', version: 3 })
    expect(sections[0]).toBe(DOCUMENT.sections[0])
    expect(last_event).toBe(12)
  })

  it('is told as a change at the end', () => {
    const folded = fold(only('Tea'), { id: 2, ...added('!', 2) })
    expect(folded?.change).toEqual({ position: 0, from: 3, to: 3, insert: '!' })
  })

  it('is cut at a length in characters as Python counts them', () => {
    const cut = { event: 'text_cut', index: 0, length: 2, version: 2 }
    expect(after(only('😀茶 leaves'), cut).sections[0]?.text).toBe('😀茶')
    const folded = fold(only('😀茶 leaves'), { id: 2, ...cut })
    expect(folded?.change).toEqual({ position: 0, from: 3, to: 10, insert: '' })
  })

  it('is replaced as a whole', () => {
    const replaced = { event: 'text_replaced', index: 0, text: 'Better.', version: 4 }
    expect(after(only('Worse.'), replaced).sections[0]).toMatchObject({
      text: 'Better.',
      version: 4,
    })
    expect(fold(only('Old'), { id: 2, ...replaced })?.change).toEqual({
      position: 0,
      from: 0,
      to: 3,
      insert: 'Better.',
    })
  })

  it('comes in any mixture of insertions, cuts and replacements', () => {
    const events = [
      added('第一句。第二句', 2),
      { event: 'text_cut', index: 0, length: 4, version: 3 },
      added('😀', 4),
      { event: 'text_cut', index: 0, length: 5, version: 5 },
      added('End.', 6),
    ]
    expect(after(only(''), ...events).sections[0]).toMatchObject({
      text: '第一句。😀End.',
      version: 6,
    })
    const replaced = { event: 'text_replaced', index: 0, text: 'New', version: 7 }
    expect(after(only(''), ...events, replaced, added('er', 8)).sections[0]?.text).toBe('Newer')
  })
})

describe('the life of a section', () => {
  const faults = [{ code: 'STR002', start: 0, end: 3 }]
  const finished = {
    event: 'section_finished',
    index: 0,
    state: 'needs_review',
    faults,
    version: 5,
  }

  it('begins with its being written, which keeps its text', () => {
    const started = { event: 'section_started', index: 0, version: 2 }
    const expected = { state: 'writing', text: 'kept', version: 2 }
    expect(after(only('kept'), started).sections[0]).toMatchObject(expected)
  })

  it('ends with a state and faults, which a finished text keeps', () => {
    const document = after(only(''), added('Tea.', 2), finished)
    expect(document.sections[0]).toMatchObject({
      text: 'Tea.',
      state: 'needs_review',
      faults,
      version: 5,
    })
  })

  it('begins again when it is reset: no text, no faults, planned', () => {
    const document = after(only('Tea.'), finished, { event: 'section_reset', index: 0, version: 6 })
    const expected = { text: '', state: 'planned', faults: [], version: 6 }
    expect(document.sections[0]).toMatchObject(expected)
    const again = [{ event: 'section_started', index: 0 }, added('New.', 7)]
    const reopened = { text: 'New.', state: 'writing', version: 7 }
    expect(after(document, ...again).sections[0]).toMatchObject(reopened)
  })

  it('is final once a user has edited or skipped it', () => {
    const edited = { event: 'section_edited', index: 0, text: 'Mine.', version: 6 }
    const final = { state: 'final', faults: [], version: 6 }
    expect(after(only('Tea.'), finished, edited).sections[0]).toMatchObject({
      ...final,
      text: 'Mine.',
    })
    const skipped = { event: 'section_skipped', index: 0, version: 6 }
    expect(after(only('Tea.'), finished, skipped).sections[0]).toMatchObject({
      ...final,
      text: 'Tea.',
    })
  })
})

describe('an event', () => {
  it('that was seen already is passed over', () => {
    const document = after(only(''), added('once', 2))
    expect(fold(document, { id: 2, ...added('once', 2) })).toBeNull()
    expect(fold(document, { id: 1, ...added('older', 1) })).toBeNull()
  })

  it('without a version leaves the one that is known', () => {
    const document = { sections: [section(0, 'Tea', 7)], last_event: 1 }
    const started = { event: 'section_started', index: 0 }
    expect(after(document, started).sections[0]?.version).toBe(7)
  })

  it('of an unknown kind changes the version only', () => {
    const document = after(only('Tea'), { event: 'section_praised', index: 0, version: 9 })
    expect(document.sections[0]).toMatchObject({ text: 'Tea', state: 'planned', version: 9 })
  })

  it('of no section, or of one that is not there, moves the position in the stream only', () => {
    const events = [{ event: 'progress', words: 5 }, added('lost', 2, 7)]
    const document = after(DOCUMENT, ...events)
    expect(document.sections).toEqual(DOCUMENT.sections)
    expect(document.last_event).toBe(12)
  })

  it('that changes the outline asks for the document, and changes nothing itself', () => {
    for (const event of ['plan_ready', 'outline_changed']) {
      expect(fold(DOCUMENT, { id: 11, event })).toEqual({
        document: DOCUMENT,
        change: null,
        reload: true,
      })
    }
  })

  it('leaves the document that it was given as it was', () => {
    const document = Object.freeze({ ...only('Tea'), sections: [Object.freeze(section(0, 'Tea'))] })
    after(document, added(' leaves', 2), { event: 'section_reset', index: 0, version: 3 })
    expect(document.sections[0]?.text).toBe('Tea')
  })
})
