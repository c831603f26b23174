import { describe, expect, test } from 'vitest'
import {
  added,
  briefOf,
  type Draft,
  draftOf,
  edited,
  EMPTY,
  isEmpty,
  parseDraft,
  languageOf,
  moved,
  pasted,
  problems,
  totalWords,
  wordsOf,
} from '../../src/document/brief'

const TEA: Draft = { ...EMPTY, task: ' Explain tea. ' }
const headings = (draft: Draft) => draft.structure.map((one) => one.heading)

describe('a brief', () => {
  test('is none without a task', () => {
    expect(briefOf(EMPTY)).toBeNull()
    expect(briefOf({ ...EMPTY, task: ' \n' })).toBeNull()
    expect(isEmpty({ ...EMPTY, mode: 'draft' })).toBe(true)
    expect(isEmpty(TEA)).toBe(false)
  })

  test('leaves out what is not given', () => {
    const brief = briefOf({ ...TEA, requirements: ' short \n\nplain', words: '1,200' })
    expect(brief).toMatchObject({
      task: 'Explain tea.',
      role: null,
      language: null,
      words: 1200,
      requirements: ['short', 'plain'],
    })
  })

  test('is the same after it was shown in a form', () => {
    const brief = briefOf({
      ...pasted(TEA, 'Leaf (120): how it grows\nCup'),
      role: 'a grower',
      tone: 'warm',
      language: 'en',
    })
    expect(brief?.structure).toHaveLength(2)
    expect(briefOf(draftOf(brief ?? { task: '' }))).toEqual(brief)
  })

  test('reads a structure of plain headings', () => {
    expect(headings(draftOf({ task: 'x', structure: ['Leaf', { heading: 'Cup' }] }))).toEqual([
      'Leaf',
      'Cup',
    ])
  })

  test.each([
    ['words', { words: '9' }],
    ['words', { words: 'many' }],
    ['words', { words: '200001' }],
    ['role', { role: 'x'.repeat(501) }],
    ['title', { title: '##' }],
    ['requirements', { requirements: 'x\n'.repeat(51) }],
    ['example', { example: 'x'.repeat(100_001) }],
  ] as const)('with a bad %s is refused before the server does', (field, bad) => {
    const draft = { ...TEA, ...bad }
    expect([...problems(draft).keys()]).toEqual([field])
    expect(briefOf(draft)).toBeNull()
  })

  test('drops empty rows of the structure, and asks a heading of those with a length', () => {
    const draft = added(pasted(TEA, 'Leaf'))
    expect(briefOf(draft)?.structure).toHaveLength(1)
    const structure = draft.structure.map((one) => (one.heading ? one : { ...one, words: '50' }))
    expect([...problems({ ...draft, structure }).keys()]).toEqual(['heading:2'])
  })
})

describe('lengths', () => {
  test.each([
    ['', null],
    ['１２００', 1200],
    ['1,200', 1200],
    ['12.5', undefined],
    ['-50', undefined],
  ])('%j is %j', (typed, words) => expect(wordsOf(typed)).toBe(words))

  test('of the whole follow the sections, else the kind', () => {
    expect(totalWords({ ...TEA, kind: 'email' })).toBe(200)
    expect(totalWords(pasted(TEA, 'Leaf (100)\nCup (200)\nPot'))).toBe(450)
    expect(totalWords({ ...pasted(TEA, 'Leaf (100)'), words: '700' })).toBe(700)
  })
})

describe('a pasted list', () => {
  test.each([
    ['1. Leaf', 'Leaf', '', ''],
    ['1. Leaf (60): how it grows', 'Leaf', 'how it grows', '60'],
    ['Cup (of clay): warm', 'Cup (of clay)', 'warm', ''],
    ['## Leaf', 'Leaf', '', ''],
    ['- Leaf — how it grows (120 words)', 'Leaf', 'how it grows', '120'],
    ['一、茶叶：从采摘到杀青（约300字）', '茶叶', '从采摘到杀青', '300'],
    ['2.1 Cup', 'Cup', '', ''],
    ['2024 in tea', '2024 in tea', '', ''],
    ['Well-known teas', 'Well-known teas', '', ''],
  ])('reads %j', (line, heading, intent, words) => {
    const [one] = pasted(EMPTY, line).structure
    expect(one).toMatchObject({ heading, intent, words })
  })

  test('goes where it is pasted, each line with an id of its own', () => {
    const draft = pasted(pasted(EMPTY, 'A\nD'), '\nB\n  \nC\r\n', 1)
    expect(headings(draft)).toEqual(['A', 'B', 'C', 'D'])
    expect(new Set(draft.structure.map((one) => one.id)).size).toBe(4)
  })

  test('is cut at what the server takes', () => {
    expect(pasted(EMPTY, 'A\n'.repeat(500)).structure).toHaveLength(400)
  })
})

test('a section moves as far as there are places', () => {
  const draft = pasted(EMPTY, 'A\nB\nC')
  expect(headings(moved(draft, 1, 1))).toEqual(['B', 'A', 'C'])
  expect(headings(moved(draft, 1, 9))).toEqual(['B', 'C', 'A'])
  expect(moved(draft, 1, -1)).toBe(draft)
})

test('a fix counts characters as the server does', () => {
  expect(edited('🍵ab', [{ start: 1, end: 2, text: 'X' }])).toBe('🍵Xb')
  expect(
    edited('ab', [
      { start: 2, end: 2, text: '\n```' },
      { start: 0, end: 1, text: '' },
    ]),
  ).toBe('b\n```')
})

test('the language is that of the task', () => {
  expect(languageOf('写一篇关于 GPU 的文章')).toBe('zh')
  expect(languageOf('Explain the word 茶')).toBe('en')
})

test('what a reload finds is a form, or nothing', () => {
  expect(parseDraft(JSON.stringify(TEA))).toEqual(TEA)
  expect(parseDraft('{"task": "x"}')).toEqual({ ...EMPTY, task: 'x' })
  for (const broken of [null, '', '{', '3', '{"task": 3}', '{"structure": "x"}']) {
    expect(parseDraft(broken)).toBeNull()
  }
})
