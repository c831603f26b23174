/** Light, dark, or as the system has it. */

export type Theme = 'system' | 'light' | 'dark'

const KEPT = 'xiezuo.theme'
const dark = matchMedia('(prefers-color-scheme: dark)')
const kept = localStorage.getItem(KEPT)
const state = $state<{ theme: Theme }>({
  theme: kept === 'light' || kept === 'dark' ? kept : 'system',
})

export function theme(): Theme {
  return state.theme
}

export function setTheme(chosen: Theme): void {
  state.theme = chosen
  localStorage.setItem(KEPT, chosen)
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
