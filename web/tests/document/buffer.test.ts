import { ChangeSet } from '@codemirror/state'
import { describe, expect, it } from 'vitest'
import { asText, type Change, SectionBuffer } from '../../src/document/buffer'

function insert(buffer: SectionBuffer, at: number, text: string): void {
  buffer.edit(ChangeSet.of({ from: at, insert: asText(text) }, buffer.text.length))
}

function added(buffer: SectionBuffer, text: string): Change {
  const end = buffer.remote.length
  return { from: end, to: end, insert: text }
}

function whole(before: string, after: string): Change {
  return { from: 0, to: before.length, insert: after }
}

describe('a section that the model writes while a person edits it', () => {
  it('keeps both, the edit where it was made', () => {
    const buffer = new SectionBuffer('Tea is', 1)
    insert(buffer, 0, 'Green ')
    const change = buffer.hear(added(buffer, ' hot.\n\nVery'), 2, 'model')
    expect(change?.apply(asText('Green Tea is')).toString()).toBe('Green Tea is hot.\n\nVery')
    expect(buffer.text).toBe('Green Tea is hot.\n\nVery')
    expect(buffer.kept).toEqual({
      version: 2,
      base: 'Tea is hot.\n\nVery',
      text: 'Green Tea is hot.\n\nVery',
      sent: null,
    })
  })

  it('keeps an edit at its end before what is written after it', () => {
    const buffer = new SectionBuffer('Tea', 1)
    insert(buffer, 3, ' (mine)')
    buffer.hear(added(buffer, ' is'), null, 'model')
    buffer.hear(added(buffer, ' hot'), 2, 'model')
    expect(buffer.text).toBe('Tea (mine) is hot')
  })

  it('keeps an edit when the end is cut or repaired', () => {
    const buffer = new SectionBuffer('Tea is hot. Tea is hot.', 1)
    insert(buffer, 0, 'My ')
    buffer.hear(whole('Tea is hot. Tea is hot.', 'Tea is hot.'), 2, 'model')
    buffer.hear(whole('Tea is hot.', 'Tea is warm.'), 3, 'model')
    expect(buffer.text).toBe('My Tea is warm.')
  })

  it('ends at the same text in any order of edits and answers', () => {
    let seed = 7
    const random = (below: number) => {
      seed = (seed * 1103515245 + 12345) % 2147483648
      return seed % below
    }
    for (let round = 0; round < 200; round += 1) {
      const buffer = new SectionBuffer('one two\nthree', 1)
      let screen = asText('one two\nthree')
      for (let step = 0; step < 12; step += 1) {
        const length = buffer.text.length
        if (random(2)) {
          const from = random(length + 1)
          const to = Math.min(length, from + random(4))
          const change = ChangeSet.of({ from, to, insert: asText(`p${step}\n`) }, length)
          buffer.edit(change)
          screen = change.apply(screen)
        } else {
          const end = buffer.remote.length
          const change = { from: Math.max(0, end - random(5)), to: end, insert: ` m${step}` }
          const done = buffer.hear(change, buffer.version + 1, 'model')
          if (done) screen = done.apply(screen)
        }
        const answer = random(5)
        if (answer === 0) buffer.send()
        if (answer === 1) buffer.refuse()
        expect(buffer.text).toBe(screen.toString())
      }
    }
  })
})

describe('saving', () => {
  it('has nothing left when the server acknowledged all', () => {
    const buffer = new SectionBuffer('Tea', 4)
    insert(buffer, 3, '!')
    expect(buffer.send()).toEqual({ text: 'Tea!', version: 4 })
    insert(buffer, 4, '?')
    buffer.acknowledge(5)
    expect(buffer.dirty).toBe(true)
    expect(buffer.kept).toEqual({ version: 5, base: 'Tea!', text: 'Tea!?', sent: null })
    expect(buffer.send()).toEqual({ text: 'Tea!?', version: 5 })
    buffer.acknowledge(6)
    expect(buffer.dirty).toBe(false)
  })

  it('knows its own edit when it comes back before its answer, and then the answer', () => {
    const buffer = new SectionBuffer('Tea', 4)
    insert(buffer, 3, '!')
    buffer.send()
    expect(buffer.hear(whole('Tea', 'Tea!'), 5, 'person')).toBeNull()
    expect(buffer.dirty).toBe(false)
    buffer.acknowledge(5)
    expect([buffer.text, buffer.version, buffer.conflict]).toEqual(['Tea!', 5, null])
  })

  it('does not take an old event for news', () => {
    const buffer = new SectionBuffer('Tea', 4)
    insert(buffer, 3, '!')
    buffer.send()
    buffer.acknowledge(5)
    expect(buffer.hear(whole('Tea!', 'Tea!'), 5, 'person')).toBeNull()
    expect(buffer.text).toBe('Tea!')
  })

  it('passes over an event from before the text was made shorter', () => {
    const buffer = new SectionBuffer('Tea is hot.', 4)
    buffer.edit(ChangeSet.of({ from: 3, to: 11 }, 11))
    buffer.send()
    buffer.acknowledge(5)
    expect(buffer.hear(whole('Tea is hot.', 'Tea'), 5, 'person')).toBeNull()
    expect([buffer.text, buffer.version, buffer.conflict]).toEqual(['Tea', 5, null])
  })

  it('knows its own edit when its answer was lost, also with what was typed since', () => {
    const buffer = new SectionBuffer('Tea', 4)
    insert(buffer, 3, '!')
    buffer.send()
    insert(buffer, 4, '?')
    buffer.refuse()
    insert(buffer, 5, '?')
    buffer.hear(whole('Tea', 'Tea!'), 5, 'person')
    expect([buffer.conflict, buffer.text]).toEqual([null, 'Tea!??'])
    expect(buffer.send()).toEqual({ text: 'Tea!??', version: 5 })
  })

  it('sends again what was refused', () => {
    const buffer = new SectionBuffer('Tea', 4)
    insert(buffer, 3, '!')
    buffer.send()
    insert(buffer, 4, '?')
    buffer.refuse()
    expect(buffer.send().text).toBe('Tea!?')
  })
})

describe('somebody else saved the section', () => {
  it('is shown when nothing was typed here', () => {
    const buffer = new SectionBuffer('Tea', 1)
    const change = buffer.hear(whole('Tea', 'Coffee'), 2, 'person')
    expect(change?.apply(asText('Tea')).toString()).toBe('Coffee')
    expect(buffer.conflict).toBeNull()
  })

  it('is a conflict when something was, and nothing is overwritten', () => {
    const buffer = new SectionBuffer('Tea', 1)
    insert(buffer, 3, ' is mine')
    expect(buffer.hear(whole('Tea', 'Coffee'), 2, 'person')).toBeNull()
    expect(buffer.conflict).toEqual({ mine: 'Tea is mine', theirs: 'Coffee' })
    insert(buffer, 0, 'My ')
    buffer.hear(whole('Coffee', 'Cocoa'), 3, 'person')
    expect(buffer.conflict).toEqual({ mine: 'My Tea is mine', theirs: 'Cocoa' })
    const change = buffer.settle('Tea and cocoa')
    expect(change.apply(asText('My Tea is mine')).toString()).toBe('Tea and cocoa')
    expect(buffer.send()).toEqual({ text: 'Tea and cocoa', version: 3 })
  })

  it('is no conflict when both wrote the same', () => {
    const buffer = new SectionBuffer('Tea', 1)
    insert(buffer, 3, '!')
    buffer.hear(whole('Tea', 'Tea!'), 2, 'person')
    expect([buffer.conflict, buffer.dirty]).toEqual([null, false])
  })
})

describe('edits kept by an earlier visit', () => {
  const kept = { version: 1, base: 'Tea is', text: 'Green tea is', sent: null }

  it('are put on the same text, and on one that the model went on with', () => {
    for (const now of ['Tea is', 'Tea is hot.']) {
      const buffer = new SectionBuffer(now, 3)
      buffer.restore(kept)
      expect([buffer.text, buffer.conflict]).toEqual([now.replace('Tea', 'Green tea'), null])
    }
  })

  it('are a conflict with another text', () => {
    const buffer = new SectionBuffer('Coffee', 3)
    buffer.restore(kept)
    expect(buffer.conflict).toEqual({ mine: 'Green tea is', theirs: 'Coffee' })
  })

  it('are put on the part of them that came to the server', () => {
    const buffer = new SectionBuffer('Green', 2)
    buffer.restore({ version: 1, base: 'Tea', text: 'Green tea', sent: 'Green' })
    expect([buffer.text, buffer.conflict]).toEqual(['Green tea', null])
  })

  it('are nothing when the server has them already', () => {
    const buffer = new SectionBuffer('Green tea is', 2)
    expect(buffer.restore(kept)).toBeNull()
    expect(buffer.dirty).toBe(false)
  })
})
