/** The theme: light, dark, or that of the system. */

export type Theme = 'system' | 'light' | 'dark'

const STORAGE_KEY = 'xiezuo.theme'
const dark = matchMedia('(prefers-color-scheme: dark)')
const stored = localStorage.getItem(STORAGE_KEY)
const state = $state<{ theme: Theme }>({
  theme: stored === 'light' || stored === 'dark' ? stored : 'system',
})

export function theme(): Theme {
  return state.theme
}

export function setTheme(chosen: Theme): void {
  state.theme = chosen
  localStorage.setItem(STORAGE_KEY, chosen)
  show()
}

export function showTheme(): void {
  dark.addEventListener('change', show)
  show()
}

function show(): void {
  const shown = state.theme === 'system' ? (dark.matches ? 'dark' : 'light') : state.theme
  document.documentElement.dataset.theme = shown
}
