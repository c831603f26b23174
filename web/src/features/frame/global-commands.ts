/** Commands that are there in every view, and the keys of all commands. */

import { APP } from '../../i18n/app'
import { DOCUMENT } from '../../i18n/document'
import { locale, setLocale } from '../../i18n/locale.svelte'
import { type Command, commandOf, commands, printed, register } from '../../state/commands'
import { go, route, type Stage, STAGES } from '../../state/route.svelte'
import { setTheme } from '../../state/theme.svelte'

const GO = { en: 'Go to', zh: '前往' }
const LOOK = { en: 'Appearance', zh: '外观' }

const PLACES: Command[] = [
  { id: 'go.home', name: APP.documents, group: GO, run: () => go({ view: 'home' }) },
  {
    id: 'go.new',
    name: { en: 'New document', zh: '新建文档' },
    group: GO,
    run: () => go({ view: 'new', template: null }),
  },
  { id: 'go.models', name: APP.models, group: GO, run: () => go({ view: 'models' }) },
  { id: 'go.settings', name: APP.settings, group: GO, run: () => go({ view: 'settings' }) },
  { id: 'look.light', name: APP.light, group: LOOK, run: () => setTheme('light') },
  { id: 'look.dark', name: APP.dark, group: LOOK, run: () => setTheme('dark') },
  { id: 'look.system', name: APP.system, group: LOOK, run: () => setTheme('system') },
  {
    id: 'look.language',
    name: APP.languageLabel,
    group: LOOK,
    run: () => setLocale(locale() === 'zh' ? 'en' : 'zh'),
  },
]

function stage(target: Stage): Command {
  return {
    id: `go.${target}`,
    name: DOCUMENT[target],
    group: GO,
    enabled: () => route().view === 'document',
    run: () => {
      const current = route()
      if (current.view === 'document') go({ ...current, stage: target })
    },
  }
}

/** The commands that can be run now, as the palette lists them. */
export function paletteEntries() {
  return commands().map((command) => ({
    ...command,
    keys: command.keys ? printed(command.keys) : '',
  }))
}

/** Adds the commands and listens to keys; `palette` opens the list of commands. */
export function registerGlobalCommands(palette: () => void): () => void {
  const open: Command = {
    id: 'palette',
    name: { en: 'All commands', zh: '全部命令' },
    group: GO,
    keys: 'Mod-k',
    run: palette,
  }
  const forget = register([open, ...PLACES, ...STAGES.map(stage)])
  const pressed = (event: KeyboardEvent) => {
    const command = commandOf(event)
    if (!command || document.querySelector('dialog[open]')) return
    event.preventDefault()
    event.stopPropagation()
    command.run()
  }
  addEventListener('keydown', pressed, { capture: true })
  return () => {
    forget()
    removeEventListener('keydown', pressed, { capture: true })
  }
}
