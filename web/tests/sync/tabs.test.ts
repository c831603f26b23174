import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

/** The browser's own list of locks, as it is when it is asked again and again. */
function heldIs(...answers: string[][]): void {
  const query = vi.fn(async () => ({
    held: (answers.length > 1 ? answers.shift() : answers[0])?.map((name) => ({ name })),
  }))
  vi.stubGlobal('navigator', { locks: { request: async () => undefined, query } })
}

async function living(...tabs: string[]): Promise<string[]> {
  vi.resetModules()
  const { livingTabsAmong } = await import('../../src/sync/tabs')
  const found = livingTabsAmong(tabs)
  await vi.runAllTimersAsync()
  return [...(await found)]
}

describe('which tabs are alive', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => {
    vi.useRealTimers()
    vi.unstubAllGlobals()
  })

  it('leaves out one that is only letting go', async () => {
    heldIs(['xiezuo.tab.old'], [])
    expect(await living('old')).toEqual([])
  })

  it('knows one that stays', async () => {
    heldIs(['xiezuo.tab.other', 'somebody else'])
    expect(await living('other')).toEqual(['other'])
  })
})
