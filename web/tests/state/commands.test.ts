import { expect, it } from 'vitest'
import { type Command, commandOf, fits, printed, register, search } from '../../src/state/commands'

function key(key: string, more: Partial<KeyboardEvent> = {}): KeyboardEvent {
  const none = { ctrlKey: false, metaKey: false, altKey: false, shiftKey: false }
  return { key, code: '', isComposing: false, keyCode: 0, ...none, ...more } as KeyboardEvent
}

function command(id: string, en: string, more: Partial<Command> = {}): Command {
  return { id, name: { en, zh: en }, group: { en: '', zh: '' }, run: () => undefined, ...more }
}

it('takes keys with exactly their modifiers, on any layout', () => {
  expect(fits('Mod-k', key('k', { ctrlKey: true }))).toBe(true)
  expect(fits('Mod-k', key('л', { code: 'KeyK', ctrlKey: true }))).toBe(true)
  expect(fits('Mod-k', key('k', { ctrlKey: true, shiftKey: true }))).toBe(false)
  expect(fits('Mod-Shift-.', key('>', { code: 'Period', ctrlKey: true, shiftKey: true }))).toBe(
    true,
  )
  expect(fits('F8', key('F8'))).toBe(true)
})

it('lets an input method have its keys', () => {
  const leave = register([command('one', 'One', { keys: 'Mod-k' })])
  expect(commandOf(key('k', { ctrlKey: true }))?.id).toBe('one')
  expect(commandOf(key('k', { ctrlKey: true, isComposing: true }))).toBeNull()
  leave()
  expect(commandOf(key('k', { ctrlKey: true }))).toBeNull()
})

it('knows only what can be done now', () => {
  const leave = register([command('one', 'One', { keys: 'F2', enabled: () => false })])
  expect(commandOf(key('F2'))).toBeNull()
  leave()
})

it('finds by letters in order, whole words first', () => {
  const all = [command('a', 'Stop writing'), command('b', 'Write'), command('c', 'Export')]
  const say = (text: { en: string }) => text.en
  expect(search('writ', all, say).map((one) => one.id)).toEqual(['b', 'a'])
  expect(search('zz', all, say)).toEqual([])
})

it('prints keys as they stand on the keyboard', () => {
  expect([printed('Mod-Shift-k', true), printed('Mod-Shift-k', false)]).toEqual([
    '⌘⇧K',
    'Ctrl+Shift+K',
  ])
})
