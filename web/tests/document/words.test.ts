import { expect, it } from 'vitest'
import { countWords } from '../../src/document/words'

it('counts each Chinese character as a word, and others between them', () => {
  expect(countWords('')).toBe(0)
  expect(countWords("It's a well-known tea, 2024.")).toBe(5)
  expect(countWords('我喝茶。')).toBe(3)
  expect(countWords('我用Python写作')).toBe(5)
  expect(countWords('— … **')).toBe(0)
})
