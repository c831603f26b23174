/**
 * Every sentence in both languages, side by side, as in the Python package; switched at once,
 * without loading the page again.
 */

export type Locale = 'en' | 'zh'

export interface Text {
  readonly en: string
  readonly zh: string
}

const KEPT = 'xiezuo.locale'

function preferred(): Locale {
  const kept = localStorage.getItem(KEPT)
  if (kept === 'en' || kept === 'zh') return kept
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en'
}

const current = $state({ locale: preferred() })

export function locale(): Locale {
  return current.locale
}

export function setLocale(chosen: Locale): void {
  current.locale = chosen
  localStorage.setItem(KEPT, chosen)
  document.documentElement.lang = chosen === 'zh' ? 'zh-CN' : 'en'
}

/** The sentence in the chosen language; reactive where it is used in a component. */
export function t(text: Text): string {
  return text[current.locale]
}

// Making one is slow: hundreds of numbers stand on a page while it is written.
const formats = new Map<string, Intl.NumberFormat>()

export function number(value: number, digits = 0): string {
  const key = `${current.locale}${digits}`
  const tag = current.locale === 'zh' ? 'zh-CN' : 'en'
  const known = formats.get(key)
  const format = known ?? new Intl.NumberFormat(tag, { maximumFractionDigits: digits })
  if (!known) formats.set(key, format)
  return format.format(value)
}

/** Seconds as a reader says them: "40 s", "3 min", "2 h 5 min". */
export function duration(seconds: number): string {
  const zh = current.locale === 'zh'
  if (seconds < 90) return `${number(Math.max(0, Math.round(seconds)))} ${zh ? '秒' : 's'}`
  const minutes = Math.round(seconds / 60)
  if (minutes < 90) return `${number(minutes)} ${zh ? '分钟' : 'min'}`
  const hours = Math.floor(minutes / 60)
  return zh ? `${hours} 小时 ${minutes % 60} 分` : `${hours} h ${minutes % 60} min`
}

/** Bytes in the unit that reads best. */
export function bytes(count: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let at = 0
  while (count >= 1000 && at < units.length - 1) {
    count /= 1000
    at += 1
  }
  return `${number(count, at > 2 ? 1 : 0)} ${units[at]}`
}

/** How long ago, or the date when it is long ago; `seconds` since 1970. */
export function when(seconds: number): string {
  const tag = current.locale === 'zh' ? 'zh-CN' : 'en'
  const passed = Date.now() / 1000 - seconds
  const relative = new Intl.RelativeTimeFormat(tag, { numeric: 'auto' })
  if (passed < 60) return relative.format(0, 'minute')
  if (passed < 3600) return relative.format(-Math.round(passed / 60), 'minute')
  if (passed < 86_400) return relative.format(-Math.round(passed / 3600), 'hour')
  if (passed < 7 * 86_400) return relative.format(-Math.round(passed / 86_400), 'day')
  return new Date(seconds * 1000).toLocaleDateString(tag, { dateStyle: 'medium' })
}
