/** What may be preferred, and how it is read from where anything may stand. */

export interface Preferences {
  readonly font: 'serif' | 'sans' | 'mono'
  /** Of the text, in pixels where nothing is zoomed. */
  readonly size: number
  readonly measure: 'narrow' | 'normal' | 'wide'
  /** Whether all but the paragraph at the cursor is paler in focus mode. */
  readonly dim: boolean
  /** Words a day; 0 for none. */
  readonly goal: number
  readonly language?: 'en' | 'zh'
  readonly theme?: 'system' | 'light' | 'dark'
}

export const DEFAULTS: Preferences = {
  font: 'serif',
  size: 17,
  measure: 'normal',
  dim: true,
  goal: 0,
}
export const FONTS = ['serif', 'sans', 'mono'] as const
export const MEASURES = ['narrow', 'normal', 'wide'] as const
export const SIZES = { least: 14, most: 26 } as const
export const MOST_WORDS = 100_000

/** Stored preferences with defaults for missing or invalid values; null if `stored` is no object. */
export function parsePreferences(stored: unknown): Preferences | null {
  if (typeof stored !== 'object' || stored === null) return null
  const facts = stored as Record<string, unknown>
  const choice = <T extends string>(name: string, options: readonly T[]): T | undefined =>
    options.find((option) => option === facts[name])
  const within = (name: string, least: number, most: number, otherwise: number) => {
    const value = facts[name]
    return typeof value === 'number' && Number.isFinite(value)
      ? Math.round(Math.min(most, Math.max(least, value)))
      : otherwise
  }
  const language = choice('language', ['en', 'zh'] as const)
  const theme = choice('theme', ['system', 'light', 'dark'] as const)
  return {
    font: choice('font', FONTS) ?? DEFAULTS.font,
    size: within('size', SIZES.least, SIZES.most, DEFAULTS.size),
    measure: choice('measure', MEASURES) ?? DEFAULTS.measure,
    dim: typeof facts.dim === 'boolean' ? facts.dim : DEFAULTS.dim,
    goal: within('goal', 0, MOST_WORDS, DEFAULTS.goal),
    ...(language ? { language } : {}),
    ...(theme ? { theme } : {}),
  }
}
