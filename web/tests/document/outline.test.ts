import { describe, expect, test } from 'vitest'
import type { DocumentOut } from '../../src/api/types'
import {
  added,
  chapterAdded,
  faults,
  fitted,
  indented,
  merged,
  moved,
  type Outline,
  outdented,
  outlineFrom,
  outlineOf,
  placed,
  regenerated,
  removed,
  same,
  sectionsOf,
  setChapter,
  setSection,
  split,
  totalOf,
} from '../../src/document/outline'
import {
  begun,
  changes,
  edited,
  rebased,
  redone,
  stored,
  undone,
} from '../../src/document/outline-changes'

function planned(...lines: string[]): Outline {
  let chapter: string | null = null
  const sections = []
  for (const line of lines) {
    if (line.startsWith('#')) chapter = line.slice(1)
    else {
      sections.push({ heading: line, words: 100, intent: null, chapter })
      chapter = null
    }
  }
  return outlineFrom({ title: 'Tea', sections })
}

function documentOf(...sections: [heading: string, text: string][]): DocumentOut {
  const made = sections.map(([heading, text], position) => ({
    position,
    heading,
    text,
    chapter: null,
    words_planned: 100,
    intent: null,
    state: 'final',
    version: 1,
    faults: [],
  }))
  return { title: 'Tea', sections: made } as unknown as DocumentOut
}

const shown = (outline: Outline) =>
  outline.chapters.flatMap((one) => [
    ...(one.heading === null ? [] : [`#${one.heading}`]),
    ...one.sections.map((section) => section.heading),
  ])
const idOf = (outline: Outline, heading: string): number =>
  [...outline.chapters, ...sectionsOf(outline)].find((one) => one.heading === heading)?.id ?? -1

describe('an outline', () => {
  const outline = planned('Intro', '#Field', 'Leaf', 'Pick', '#House', 'Cup')

  test('is stored with each chapter at the section that begins it', () => {
    expect(placed(outline).sections.map((one) => [one.heading, one.chapter])).toEqual([
      ['Intro', null],
      ['Leaf', 'Field'],
      ['Pick', null],
      ['Cup', 'House'],
    ])
    expect(same(outline, planned('Intro', '#Field', 'Leaf', 'Pick', '#House', 'Cup'))).toBe(true)
  })

  test.each([
    ['Leaf', -1, ['Intro', 'Leaf', '#Field', 'Pick', '#House', 'Cup']],
    ['Leaf', 1, ['Intro', '#Field', 'Pick', 'Leaf', '#House', 'Cup']],
    ['Pick', 1, ['Intro', '#Field', 'Leaf', '#House', 'Pick', 'Cup']],
    ['Intro', -1, ['Intro', '#Field', 'Leaf', 'Pick', '#House', 'Cup']],
    ['Cup', 1, ['Intro', '#Field', 'Leaf', 'Pick', '#House', 'Cup']],
    ['House', -1, ['Intro', '#House', 'Cup', '#Field', 'Leaf', 'Pick']],
    ['Field', -1, ['Intro', '#Field', 'Leaf', 'Pick', '#House', 'Cup']],
  ] as const)('has %s moved by %i', (heading, by, after) => {
    expect(shown(moved(outline, idOf(outline, heading), by))).toEqual(after)
  })

  test('gets a section after another one, or at the beginning of a chapter', () => {
    const after = added(outline, idOf(outline, 'Leaf'))
    expect(shown(after.outline)).toEqual(['Intro', '#Field', 'Leaf', '', 'Pick', '#House', 'Cup'])
    expect(shown(added(outline, idOf(outline, 'House')).outline).slice(-2)).toEqual(['', 'Cup'])
    expect(shown(added(outline, 0).outline).at(-1)).toBe('')
    expect(shown(chapterAdded(outline).outline).slice(-2)).toEqual(['#', ''])
  })

  test('loses a section; a chapter leaves its sections to the one before', () => {
    expect(shown(removed(outline, idOf(outline, 'Leaf')))).not.toContain('Leaf')
    expect(shown(removed(outline, idOf(outline, 'House')))).toEqual([
      'Intro',
      '#Field',
      'Leaf',
      'Pick',
      'Cup',
    ])
  })

  test('has a section become a chapter and back', () => {
    const out = outdented(outline, idOf(outline, 'Leaf'))
    expect(shown(out.outline)).toEqual(['Intro', '#Field', '#Leaf', 'Pick', '#House', 'Cup'])
    const back = indented(out.outline, out.id)
    expect(shown(back.outline)).toEqual(shown(outline))
    expect(back.id).toBe(idOf(back.outline, 'Leaf'))
  })

  test('keeps the section where its chapter would be empty, or its text would be lost', () => {
    const last = outdented(outline, idOf(outline, 'Cup'))
    expect(shown(last.outline).slice(-2)).toEqual(['#Cup', 'Cup'])
    expect(shown(indented(last.outline, last.id).outline).slice(-2)).toEqual(['#House', 'Cup'])
    const written = outlineOf(documentOf(['Leaf', 'Green.'], ['Cup', '']))
    expect(shown(outdented(written, 1).outline)).toEqual(['#Leaf', 'Leaf', 'Cup'])
  })

  test('says what keeps it from being stored', () => {
    expect(faults(outline).size).toBe(0)
    expect([...faults(planned()).values()]).toEqual(['empty'])
    expect([...faults(setSection(outline, 1, { heading: ' # ' })).values()]).toEqual(['heading'])
    const chapter = setChapter(outline, idOf(outline, 'House'), '')
    expect([...faults(chapter).values()]).toEqual(['heading'])
    expect([...faults(removed(outline, idOf(outline, 'Cup'))).values()]).toEqual(['chapter'])
  })
})

describe('lengths', () => {
  test('are shared out to the goal, those that are locked stay', () => {
    const outline = setSection(planned('A', 'B', 'C'), 1, { locked: true })
    const after = fitted(outline, 401)
    expect(sectionsOf(after).map((one) => one.words)).toEqual([100, 151, 150])
    expect(totalOf(after)).toBe(401)
  })

  test('never fall below what is worth a heading', () => {
    expect(sectionsOf(fitted(planned('A', 'B'), 10)).map((one) => one.words)).toEqual([40, 40])
  })

  test('are halved by a split', () => {
    const made = split(planned('A'), 1)
    expect(sectionsOf(made.outline).map((one) => [one.heading, one.words])).toEqual([
      ['A', 50],
      ['A (2)', 50],
    ])
  })
})

describe('merging', () => {
  const outline = outlineOf(documentOf(['Leaf', 'Green leaf.'], ['Cup', 'A cup.'], ['End', '']))

  test('keeps both texts', () => {
    const [one] = sectionsOf(merged(outline, 1))
    expect(one).toMatchObject({ heading: 'Leaf', words: 200, origin: 0, joined: [1], written: 4 })
    expect(sectionsOf(merged(merged(outline, 1), 1))[0]).toMatchObject({ joined: [1], words: 300 })
    expect(changes(outline, merged(outline, 1)).some((line) => line.loses)).toBe(false)
  })

  test('of a new section takes the place of the one with text', () => {
    const made = added(outline, 1)
    const [, one] = sectionsOf(merged(made.outline, made.id))
    expect(one).toMatchObject({ heading: 'Cup', origin: 1, joined: [] })
  })

  test('needs one after it', () => expect(merged(outline, 3)).toBe(outline))
})

test('a new proposal leaves what is locked, and the text of headings that come again', () => {
  const outline = outlineOf(documentOf(['Leaf', 'Green.'], ['Cup', ''], ['Pot', 'Clay.']))
  const open = setSection(outline, 3, { locked: false })
  const again = (...lines: string[]) => regenerated(open, placedPlan(...lines))
  const made = again('Soil', 'pot', 'Rain')
  expect(shown(made)).toEqual(['Leaf', 'Soil', 'pot'])
  expect(sectionsOf(made).map((one) => one.origin)).toEqual([0, null, 2])
  const lines = changes(open, again('Soil', 'Rain', 'Sun'))
  expect(lines.filter((one) => one.kind === 'removed').map((one) => one.loses)).toEqual([
    false,
    true,
  ])
})

function placedPlan(...headings: string[]) {
  const sections = headings.map((heading) => ({ heading, words: 100, intent: null, chapter: null }))
  return { title: 'Tea', sections }
}

test('changes are told in order', () => {
  const before = planned('A', 'B', 'C', 'D')
  let now = moved(before, 4, -1)
  now = setSection(removed(now, 2), 1, { heading: 'A2' })
  now = added(now, 1).outline
  expect(changes(before, now).map((one) => one.kind)).toEqual([
    'changed',
    'added',
    'removed',
    'kept',
    'moved',
  ])
})

describe('the way back', () => {
  const outline = planned('A', 'B')
  const typed = (history: ReturnType<typeof begun>, heading: string) =>
    edited(history, setSection(history.present, 1, { heading }), 'heading:1')

  test('is one step for what is typed in one place', () => {
    let history = typed(typed(begun(outline), 'Ax'), 'Axy')
    history = edited(history, removed(history.present, 2))
    expect(shown(history.present)).toEqual(['Axy'])
    history = undone(history)
    expect(shown(history.present)).toEqual(['Axy', 'B'])
    history = undone(history)
    expect(history.present).toBe(outline)
    expect(undone(history).present).toBe(outline)
    expect(shown(redone(redone(redone(history))).present)).toEqual(['Axy'])
  })

  test('ends where something else is done', () => {
    expect(typed(undone(typed(begun(outline), 'Ax')), 'Az').future).toEqual([])
  })

  test('goes on after the outline was stored', () => {
    const doc = documentOf(['A', 'One.'], ['B', 'Two.'])
    let history = begun(outlineOf(doc))
    history = edited(history, removed(history.present, 1))
    history = stored(history, history.present, documentOf(['B', 'Two.']))
    expect(sectionsOf(history.present)[0]).toMatchObject({ heading: 'B', origin: 0 })
    expect(sectionsOf(undone(history).present)).toMatchObject([
      { heading: 'A', origin: null, written: 0 },
      { heading: 'B', origin: 0, written: 1 },
    ])
  })
})

test('an outline that was changed elsewhere meanwhile finds its texts by heading', () => {
  const mine = setSection(outlineOf(documentOf(['A', 'One.'], ['B', 'Two.'])), 2, { words: 70 })
  const made = rebased(mine, documentOf(['New', ''], ['B', 'Two and.']))
  expect(sectionsOf(made)).toMatchObject([
    { heading: 'A', origin: null, written: 0 },
    { heading: 'B', origin: 1, written: 2, words: 70 },
  ])
})
