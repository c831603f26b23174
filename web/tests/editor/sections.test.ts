import { history, undo } from '@codemirror/commands'
import { ChangeSet, EditorState, Transaction, type TransactionSpec } from '@codemirror/state'
import { describe, expect, it } from 'vitest'
import {
  bodies,
  bodyAt,
  bodyChanges,
  layOut,
  remote,
  sectionAt,
  sections,
  wholeChanges,
} from '../../src/editor/sections'

const SOURCE = {
  preamble: '# Tea',
  sections: [
    { position: 0, heading: 'Leaf', chapter: null },
    { position: 1, heading: 'Cup', chapter: null },
  ],
}
const TEXTS = ['Green.', '']

function start(): EditorState {
  const laid = layOut(SOURCE, (at) => TEXTS[at] ?? '')
  return EditorState.create({ doc: laid.text, extensions: [sections(laid), history()] })
}

function texts(state: EditorState): string[] {
  return state.field(bodies).map((one) => state.sliceDoc(one.from, one.to))
}

function after(state: EditorState, ...specs: TransactionSpec[]): EditorState {
  return specs.reduce((now, spec) => now.update(spec).state, state)
}

describe('a document laid out', () => {
  it('has title, headings and bodies as on the server', () => {
    const state = start()
    expect(state.doc.toString()).toBe('# Tea\n\n## Leaf\n\nGreen.\n\n## Cup\n\n')
    expect(texts(state)).toEqual(TEXTS)
  })

  it('puts sections one level deeper below chapters', () => {
    const chapter = { position: 0, heading: 'Leaf', chapter: 'One' }
    const laid = layOut({ preamble: '', sections: [chapter] }, () => 'x')
    expect(laid.text.toString()).toBe('## One\n\n### Leaf\n\nx')
  })
})

describe('a person', () => {
  it('can write at the beginning and end of a body, empty ones too', () => {
    const [leaf, cup] = start().field(bodies)
    const state = after(
      start(),
      { changes: { from: cup?.from ?? 0, insert: 'Hot.' } },
      { changes: { from: leaf?.to ?? 0, insert: '!' } },
      { changes: { from: leaf?.from ?? 0, insert: '>' } },
    )
    expect(texts(state)).toEqual(['>Green.!', 'Hot.'])
  })

  it('cannot change title or headings', () => {
    for (const [from, to] of [
      [0, 0],
      [0, 5],
      [2, 3],
      [8, 12],
      [15, 15],
    ]) {
      const state = after(start(), { changes: { from: from ?? 0, to: to ?? 0, insert: 'x' } })
      expect(state.doc.eq(start().doc)).toBe(true)
    }
  })

  it('empties bodies only when all is deleted', () => {
    const all = start().doc.length
    const state = after(start(), { changes: { from: 0, to: all } })
    expect(state.doc.toString()).toBe('# Tea\n\n## Leaf\n\n\n\n## Cup\n\n')
    let undone = state
    undo({ state, dispatch: (made: Transaction) => (undone = made.state) })
    expect(texts(undone)).toEqual(TEXTS)
  })

  it('changes each section in its own offsets', () => {
    const state = start()
    const [leaf, cup] = state.field(bodies)
    const made = state.update({
      changes: [
        { from: leaf?.to ?? 0, insert: '!' },
        { from: cup?.to ?? 0, insert: 'Hot.' },
      ],
    })
    const changes = bodyChanges(made)
    expect(changes.get(0)?.toJSON()).toEqual([6, [0, '!']])
    expect(changes.get(1)?.toJSON()).toEqual([[0, 'Hot.']])
    const back = wholeChanges(state, changes)
    expect(back.apply(state.doc).eq(made.newDoc)).toBe(true)
  })
})

describe('the server', () => {
  it('writes without being undone', () => {
    const typed = after(start(), { changes: { from: 16, insert: 'Very ' } })
    const change = ChangeSet.of({ from: 11, insert: ' Fresh.' }, 11)
    const told = typed.update({
      changes: wholeChanges(typed, new Map([[0, change]])),
      annotations: [remote.of(true), Transaction.addToHistory.of(false)],
      filter: false,
    }).state
    expect(texts(told)[0]).toBe('Very Green. Fresh.')
    let undone = told
    undo({ state: told, dispatch: (made: Transaction) => (undone = made.state) })
    expect(texts(undone)[0]).toBe('Green. Fresh.')
  })
})

it('finds the section of a place', () => {
  const all = start().field(bodies)
  expect([0, 7, 16, 22, 23].map((at) => sectionAt(all, at)?.position)).toEqual([
    undefined,
    0,
    0,
    0,
    0,
  ])
  expect([10, 16, 22, 23].map((at) => bodyAt(all, at)?.position)).toEqual([
    undefined,
    0,
    0,
    undefined,
  ])
})
