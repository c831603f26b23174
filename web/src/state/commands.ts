/**
 * The registry of commands, which run by name or key. Views register their commands while they are
 * shown; the palette lists them all.
 */

import type { Text } from '../i18n/locale.svelte'

export interface Command {
  readonly id: string
  readonly name: Text
  readonly group: Text
  /** As in CodeMirror: `Mod-Shift-k`; Mod is ⌘ on a Mac, Ctrl elsewhere. */
  readonly keys?: string
  /** Whether `keys` are only displayed, because the editor handles them itself. */
  readonly displayOnly?: true
  readonly enabled?: () => boolean
  readonly run: () => void
}

export const MAC = /Mac|iPhone|iPad/.test(globalThis.navigator?.platform ?? '')
let registered: readonly (readonly Command[])[] = []

/** Registers commands; returns a function that removes them. */
export function register(commands: readonly Command[]): () => void {
  registered = [commands, ...registered]
  return () => (registered = registered.filter((entry) => entry !== commands))
}

/** The enabled commands, the most recently registered first. */
export function commands(): Command[] {
  return registered.flat().filter((command) => command.enabled?.() ?? true)
}

/** The command of a key press, if there is one; never while an input method composes. */
export function commandOf(event: KeyboardEvent): Command | null {
  if (event.isComposing || event.keyCode === 229) return null
  return (
    commands().find(
      (command) => command.keys && !command.displayOnly && fits(command.keys, event),
    ) ?? null
  )
}

export function fits(keys: string, event: KeyboardEvent): boolean {
  const parts = keys.split('-')
  const key = parts.at(-1) ?? ''
  const mod = parts.includes('Mod')
  const ctrl = parts.includes('Ctrl') || (mod && !MAC)
  const meta = parts.includes('Meta') || (mod && MAC)
  const modifiers = [ctrl, meta, parts.includes('Alt'), parts.includes('Shift')]
  const pressed = [event.ctrlKey, event.metaKey, event.altKey, event.shiftKey]
  if (modifiers.some((modifier, index) => modifier !== pressed[index])) return false
  return event.key.toLowerCase() === key.toLowerCase() || event.code === codeOf(key)
}

/** Keys as they are printed: `⌘⇧K`, or `Ctrl+Shift+K`. */
export function printed(keys: string, mac = MAC): string {
  const names: Record<string, string> = mac
    ? { Mod: '⌘', Meta: '⌘', Ctrl: '⌃', Alt: '⌥', Shift: '⇧', Enter: '↩' }
    : { Mod: 'Ctrl' }
  const parts = keys
    .split('-')
    .map((part) => names[part] ?? (part.length === 1 ? part.toUpperCase() : part))
  return parts.join(mac ? '' : '+')
}

/** Commands whose names have the letters of `query` in order, the best first. */
export function search<Named extends Pick<Command, 'name' | 'group'>>(
  query: string,
  among: readonly Named[],
  translate: (text: Text) => string,
): Named[] {
  const letters = [...query.toLowerCase().replace(/\s+/g, '')]
  const scored = among.flatMap((command) => {
    const scores = [
      translate(command.name),
      command.name.en,
      command.name.zh,
      translate(command.group),
    ].map((name, index) => (index === 3 ? score(letters, name) - 10 : score(letters, name)))
    const best = Math.max(...scores)
    return best > -Infinity ? [{ command, best }] : []
  })
  return scored.sort((a, b) => b.best - a.best).map(({ command }) => command)
}

/** Higher for letters that stand together or begin words; -Infinity when one is missing. */
function score(letters: readonly string[], name: string): number {
  const text = name.toLowerCase()
  let index = -1
  let total = 0
  for (const letter of letters) {
    const next = text.indexOf(letter, index + 1)
    if (next < 0) return -Infinity
    total += next === index + 1 ? 3 : /\s/.test(text[next - 1] ?? ' ') ? 2 : -0.1 * (next - index)
    index = next
  }
  return total - text.length / 100
}

function codeOf(key: string): string {
  if (/^[a-z]$/i.test(key)) return `Key${key.toUpperCase()}`
  if (/^\d$/.test(key)) return `Digit${key}`
  return { '.': 'Period', ',': 'Comma', '/': 'Slash', '\\': 'Backslash' }[key] ?? key
}
