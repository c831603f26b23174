import { expect, it } from 'vitest'
import { DEFAULTS, parsePreferences } from '../../src/document/preferences'

it('reads what it wrote, and makes sense of nonsense', () => {
  const chosen = { ...DEFAULTS, font: 'mono', goal: 500, language: 'zh', theme: 'dark' } as const
  expect(parsePreferences(JSON.parse(JSON.stringify(chosen)))).toEqual(chosen)
  expect(parsePreferences({ font: 'comic', size: 9000, goal: -3, dim: 'yes', theme: 1 })).toEqual({
    ...DEFAULTS,
    size: 26,
  })
  expect(parsePreferences({ size: Number.NaN })).toEqual(DEFAULTS)
  expect(parsePreferences(null)).toBeNull()
  expect(parsePreferences('dark')).toBeNull()
})
