import { describe, expect, test } from 'vitest'
import {
  chosen,
  marked,
  shareOf,
  stateOf,
  type Summary,
  tagsIn,
  tagsOf,
  updated,
} from '../../src/document/library'

let next = 0
function one(values: Partial<Summary>): Summary {
  next += 1
  return {
    id: String(next),
    title: `Document ${next}`,
    words: 0,
    words_planned: 100,
    sections: 2,
    written: 0,
    review: 0,
    mode: 'careful',
    language: 'en',
    job: null,
    excerpt: '',
    tags: [],
    created: next,
    updated: next,
    deleted: null,
    ...values,
  }
}

describe('the state of a document', () => {
  test.each([
    [{ sections: 0 }, 'planned'],
    [{ job: 'queued' }, 'writing'],
    [{ job: 'running', written: 2 }, 'writing'],
    [{ job: 'paused', written: 1 }, 'paused'],
    [{ job: 'paused', written: 2 }, 'done'],
    [{ job: 'failed' }, 'failed'],
    [{ job: 'done', written: 2, review: 1 }, 'review'],
    [{ job: 'done', written: 2 }, 'done'],
    [{ job: 'cancelled', words: 9 }, 'begun'],
  ] as const)('%j is %s', (values, state) => expect(stateOf(one(values))).toBe(state))

  test('follows its job where that is newer', () => {
    expect(stateOf(one({ written: 2 }), 'running')).toBe('writing')
  })

  test('is whole only when every section is', () => {
    expect(shareOf(one({ words: 500 }))).toBe(0.99)
    expect(shareOf(one({ words: 30, written: 1 }))).toBe(0.5)
    expect(shareOf(one({ words: 30, written: 2 }))).toBe(1)
    expect(shareOf(one({ sections: 0, words_planned: 0 }))).toBe(0)
  })
})

describe('the list', () => {
  const tea = one({ title: 'Green Tea', tags: ['Tea', 'work'], words: 5, updated: 900 })
  const letter = one({ title: 'a letter 10', words: 50, tags: ['work'], created: 800 })
  const other = one({ title: 'A letter 9' })
  const all = [other, tea, letter]
  const titles = (words: string, tag: string | null, order: 'title' | 'words' | 'updated') =>
    chosen(all, { words, tag, order }).map((each) => each.title)

  test('is narrowed by words in title and tags, and by tag', () => {
    expect(titles('LETTER', null, 'title')).toEqual(['A letter 9', 'a letter 10'])
    expect(titles('tea', 'work', 'title')).toEqual(['Green Tea'])
    expect(titles('', 'none', 'title')).toEqual([])
  })

  test('is put in order, and left as it was', () => {
    expect(titles('', null, 'words')[0]).toBe('a letter 10')
    expect(titles('', null, 'updated')[0]).toBe('Green Tea')
    expect(chosen(all, { words: '', tag: null, order: 'created' })[0]).toBe(letter)
    expect(all[0]).toBe(other)
  })

  test('knows its tags, the most used first', () => expect(tagsOf(all)).toEqual(['work', 'Tea']))

  test('takes what has changed, in its place', () => {
    const now = { ...tea, words: 6 }
    const fresh = one({})
    expect(updated(all, [now, fresh])).toEqual([fresh, other, now, letter])
  })
})

test('tags are typed with commas of either language', () => {
  expect(tagsIn(' tea，工作、tea , ;; long')).toEqual(['tea', '工作', 'long'])
  expect(tagsIn('x'.repeat(99))[0]).toHaveLength(60)
})

test('what was looked for is marked, whatever it is', () => {
  expect(marked('Tea, tea.', 'tea')).toEqual(['', 'Tea', ', ', 'tea', '.'])
  expect(marked('a (b) c', '(b')).toEqual(['a ', '(b', ') c'])
  expect(marked('绿茶与红茶', '茶')).toEqual(['绿', '茶', '与红', '茶', ''])
  expect(marked('x', ' ')).toEqual(['x'])
})
