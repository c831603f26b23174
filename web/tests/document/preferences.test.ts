import { expect, it } from 'vitest'
import { DEFAULTS, understood } from '../../src/document/preferences'

it('reads what it wrote, and makes sense of nonsense', () => {
  const chosen = { ...DEFAULTS, font: 'mono', goal: 500, language: 'zh', theme: 'dark' } as const
  expect(understood(JSON.parse(JSON.stringify(chosen)))).toEqual(chosen)
  expect(understood({ font: 'comic', size: 9000, goal: -3, dim: 'yes', theme: 1 })).toEqual({
    ...DEFAULTS,
    size: 26,
  })
  expect(understood({ size: Number.NaN })).toEqual(DEFAULTS)
  expect(understood(null)).toBeNull()
  expect(understood('dark')).toBeNull()
})
