/** The language of the studio; switching it changes all texts without reloading the page. */

export type Locale = 'en' | 'zh'

export interface Text {
  readonly en: string
  readonly zh: string
}

const STORAGE_KEY = 'xiezuo.locale'

function preferred(): Locale {
  const stored = localStorage.getItem(STORAGE_KEY)
  if (stored === 'en' || stored === 'zh') return stored
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en'
}

const current = $state({ locale: preferred() })

export function locale(): Locale {
  return current.locale
}

export function setLocale(chosen: Locale): void {
  current.locale = chosen
  localStorage.setItem(STORAGE_KEY, chosen)
  document.documentElement.lang = chosen === 'zh' ? 'zh-CN' : 'en'
}

/** The text in the chosen language; reactive in components. */
export function t(text: Text): string {
  return text[current.locale]
}

// A formatter is slow to create, and a page that is being written shows hundreds of numbers.
const formats = new Map<string, Intl.NumberFormat>()

export function number(value: number, digits = 0): string {
  const key = `${current.locale}${digits}`
  const tag = current.locale === 'zh' ? 'zh-CN' : 'en'
  const cached = formats.get(key)
  const format = cached ?? new Intl.NumberFormat(tag, { maximumFractionDigits: digits })
  if (!cached) formats.set(key, format)
  return format.format(value)
}

/** A name and its value, with the colon of the language: "Speed: 5", "速度：5". */
export function labelled(name: string, value: string | number): string {
  return `${name}${current.locale === 'zh' ? '：' : ': '}${value}`
}

/** A duration for readers: "40 s", "3 min", "2 h 5 min". */
export function duration(seconds: number): string {
  const zh = current.locale === 'zh'
  if (seconds < 90) return `${number(Math.max(0, Math.round(seconds)))} ${zh ? '秒' : 's'}`
  const minutes = Math.round(seconds / 60)
  if (minutes < 90) return `${number(minutes)} ${zh ? '分钟' : 'min'}`
  const hours = Math.floor(minutes / 60)
  return zh ? `${hours} 小时 ${minutes % 60} 分` : `${hours} h ${minutes % 60} min`
}

/** A size in the largest unit that fits. */
export function bytes(count: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let unit = 0
  while (count >= 1000 && unit < units.length - 1) {
    count /= 1000
    unit += 1
  }
  return `${number(count, unit > 2 ? 1 : 0)} ${units[unit]}`
}

/** How long ago a time was, or its date after a week; `seconds` since 1970. */
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
