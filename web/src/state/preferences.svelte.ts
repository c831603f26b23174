/** The user's preferences; kept in this browser and, for other machines, on the server. */

import { api, ok } from '../api/client'
import { Problem } from '../api/errors'
import { locale, setLocale } from '../i18n/locale.svelte'
import { setTheme, theme } from './theme.svelte'
import { DEFAULTS, type Preferences, parsePreferences } from '../document/preferences'

const STORAGE_KEY = 'xiezuo.preferences'
const PAUSE_MS = 800
const FONTS = { serif: '', sans: 'var(--font-ui)', mono: 'var(--font-code)' } as const
const MEASURES = { narrow: '34rem', normal: '', wide: '54rem' } as const

const state = $state({
  chosen: parsePreferences(parsed(localStorage.getItem(STORAGE_KEY))) ?? DEFAULTS,
})
let end: (() => void) | null = null

export function preferences(): Readonly<Preferences> {
  return state.chosen
}

export function prefer(change: Partial<Preferences>): void {
  state.chosen = { ...state.chosen, ...change }
  localStorage.setItem(STORAGE_KEY, JSON.stringify(state.chosen))
  showPreferences()
}

export function showPreferences(): void {
  const { style } = document.documentElement
  const set = (name: string, value: string) =>
    value ? style.setProperty(name, value) : style.removeProperty(name)
  set('--font-text', FONTS[state.chosen.font])
  set('--measure', MEASURES[state.chosen.measure])
  set('--text-size', `${state.chosen.size / 16}rem`)
}

/** Loads the user's preferences from the server, then sends every change to it. */
export async function followPreferences(): Promise<void> {
  try {
    const { studio } = await ok(api.GET('/api/settings'))
    const stored = parsePreferences(studio)
    if (stored) {
      prefer(stored)
      if (stored.language) setLocale(stored.language)
      if (stored.theme) setTheme(stored.theme)
    }
  } catch (error) {
    if (!(error instanceof Problem)) throw error
  }
  let last = JSON.stringify(whole())
  let timer: ReturnType<typeof setTimeout> | undefined
  end?.()
  end = $effect.root(() => {
    $effect(() => {
      const now = JSON.stringify(whole())
      if (now === last) return
      last = now
      clearTimeout(timer)
      timer = setTimeout(() => void send(), PAUSE_MS)
    })
  })
}

export function leavePreferences(): void {
  end?.()
  end = null
}

/** Sends the preferences; after a failure, the next change sends them again. */
async function send(): Promise<void> {
  try {
    await ok(api.PUT('/api/settings', { body: { values: { studio: whole() } } }))
  } catch (error) {
    if (!(error instanceof Problem)) throw error
  }
}

function whole(): Preferences {
  return { ...state.chosen, language: locale(), theme: theme() }
}

function parsed(text: string | null): unknown {
  try {
    return text ? JSON.parse(text) : null
  } catch {
    return null
  }
}
