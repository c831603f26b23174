import { expect, it } from 'vitest'
import { characterOffset, utf16Offset } from '../../src/document/offsets'

const TEXT = 'a😀茶𠀀b'
const UNITS = [0, 1, 3, 4, 6, 7] // of each character, as Python counts

it('turns offsets in characters into UTF-16 and back', () => {
  expect(UNITS.map((_, at) => utf16Offset(TEXT, at))).toEqual(UNITS)
  expect(UNITS.map((unit) => characterOffset(TEXT, unit))).toEqual([0, 1, 2, 3, 4, 5])
})

it('stays within the text', () => {
  expect(utf16Offset(TEXT, 99)).toBe(TEXT.length)
  expect(utf16Offset('', 3)).toBe(0)
})
