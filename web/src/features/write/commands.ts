/** What can be done in the writing workspace, by name and key. */

import { redo, undo } from '@codemirror/commands'
import { nextDiagnostic } from '@codemirror/lint'
import { openSearchPanel } from '@codemirror/search'
import { ASSIST } from '../../i18n/assist'
import { t, type Text } from '../../i18n/locale.svelte'
import { WRITE } from '../../i18n/write'
import { pieceAt, stepTo } from '../../editor/proposals'
import { wrap } from '../../editor/format'
import type { Command } from '../../state/commands'
import { notifyProblem, notify } from '../../state/notices.svelte'
import { type Mode, MODES, type Workspace, type Side } from './workspace.svelte'

interface Dialogs {
  ask: () => void
  menu: (position: number) => void
  candidates: (position: number) => void
}

const TEXT: Text = { en: 'Text', zh: '文本' }
const MODEL: Text = { en: 'Model', zh: '模型' }
const KEYS: Record<Mode, string> = {
  edit: 'Mod-Alt-1',
  inside: 'Mod-Alt-2',
  beside: 'Mod-Alt-3',
  read: 'Mod-Alt-4',
}
const SIDES: Record<Side, string> = {
  findings: 'Mod-Alt-f',
  changes: 'Mod-Alt-c',
  rounds: 'Mod-Alt-r',
}

export function workspaceCommands(workspace: Workspace, dialogs: Dialogs): Command[] {
  return [
    ...writing(workspace),
    ...text(workspace),
    ...model(workspace, dialogs),
    ...looks(workspace),
    ...sides(workspace),
  ]
}

function writing(workspace: Workspace): Command[] {
  const { open } = workspace
  const group = WRITE.write
  const run = (work: () => Promise<void>, message?: Text) => () =>
    void work().then(() => message && notify(t(message)), notifyProblem)
  return [
    {
      ...{ id: 'write.write', name: WRITE.goOn, group, keys: 'Mod-Enter' },
      enabled: () => !open.writing,
      run: run(() => open.write()),
    },
    {
      ...{ id: 'write.pause', name: WRITE.pause, group, keys: 'Mod-Alt-p' },
      enabled: () => open.writing,
      run: run(() => open.pause(), WRITE.paused),
    },
    {
      ...{ id: 'write.stop', name: WRITE.stop, group, keys: 'Mod-Alt-s' },
      enabled: () => open.writing,
      run: run(() => open.cancel(), WRITE.stopped),
    },
    {
      ...{ id: 'write.follow', name: WRITE.follow, group, keys: 'Mod-Alt-w' },
      enabled: () => open.writing,
      run: () => workspace.editor && (workspace.editor.following = true),
    },
    {
      id: 'write.save',
      name: WRITE.save,
      group,
      keys: 'Mod-s',
      run: () => void workspace.sync.save(),
    },
  ]
}

function text(workspace: Workspace): Command[] {
  const group = TEXT
  const view = () => workspace.editor?.view
  const displayOnly = true // the editor handles these keys
  const step = (by: 1 | -1) => () => workspace.editor?.go(Math.max(0, workspace.section + by))
  return [
    {
      ...{ id: 'text.undo', name: WRITE.undo, group, keys: 'Mod-z', displayOnly },
      run: () => void (view() && undo(view() as never)),
    },
    {
      ...{ id: 'text.redo', name: WRITE.redo, group, keys: 'Mod-y', displayOnly },
      run: () => void (view() && redo(view() as never)),
    },
    {
      ...{ id: 'text.find', name: WRITE.find, group, keys: 'Mod-f' },
      run: () => {
        if (workspace.mode === 'read') workspace.show('edit')
        const shown = view()
        if (shown) openSearchPanel(shown)
      },
    },
    {
      ...{ id: 'text.bold', name: WRITE.bold, group, keys: 'Mod-b' },
      run: () => void (view() && wrap(view() as never, '**')),
    },
    {
      ...{ id: 'text.italic', name: WRITE.italic, group, keys: 'Mod-i' },
      run: () => void (view() && wrap(view() as never, '*')),
    },
    { id: 'text.next', name: WRITE.nextSection, group, keys: 'Alt-PageDown', run: step(1) },
    { id: 'text.previous', name: WRITE.previousSection, group, keys: 'Alt-PageUp', run: step(-1) },
    {
      ...{ id: 'text.finding', name: WRITE.nextFinding, group, keys: 'F8' },
      run: () => void (view() && nextDiagnostic(view() as never)),
    },
    { id: 'text.fix', name: WRITE.fixHere, group, keys: 'Mod-.', run: () => workspace.fixHere() },
    {
      id: 'text.fixes',
      name: WRITE.fixAll,
      group,
      keys: 'Mod-Shift-.',
      run: () => workspace.fixAll(),
    },
  ]
}

function model(workspace: Workspace, dialogs: Dialogs): Command[] {
  const group = MODEL
  const { assistant } = workspace
  const at = (run: (position: number) => void) => () =>
    workspace.section >= 0 && run(workspace.section)
  return [
    { id: 'model.ask', name: ASSIST.ask, group, keys: 'Mod-j', run: dialogs.ask },
    {
      id: 'model.repair',
      name: WRITE.repair,
      group,
      keys: 'Mod-Alt-.',
      run: () => workspace.repairHere(),
    },
    {
      ...{ id: 'model.polish', name: ASSIST.polishAll, group, keys: 'Mod-Shift-p' },
      run: () => {
        workspace.side = 'changes'
        void assistant.polish()
      },
    },
    ...proposed(workspace),
    {
      id: 'section.menu',
      name: WRITE.sectionMenu,
      group,
      keys: 'Mod-Alt-m',
      run: at(dialogs.menu),
    },
    { id: 'section.other', name: WRITE.another, group, run: at(dialogs.candidates) },
  ]
}

/** What can be done with the pieces that the model proposes. */
function proposed(workspace: Workspace): Command[] {
  const group = MODEL
  const { assistant } = workspace
  const pieces = () => assistant.pieces.length > 0
  const here = () => {
    const state = workspace.editor?.view.state
    const piece = state && pieceAt(state)
    return piece ? [piece] : []
  }
  return [
    {
      ...{ id: 'model.take', name: ASSIST.takeOne, group, keys: 'Alt-Enter' },
      enabled: pieces,
      run: () => assistant.take(here()),
    },
    {
      ...{ id: 'model.leave', name: ASSIST.leaveOne, group, keys: 'Alt-Backspace' },
      enabled: pieces,
      run: () => assistant.leave(here()),
    },
    {
      ...{ id: 'model.takeAll', name: ASSIST.takeAll, group, keys: 'Mod-Alt-Enter' },
      enabled: pieces,
      run: () => assistant.take(assistant.pieces),
    },
    {
      ...{ id: 'model.leaveAll', name: ASSIST.leaveAll, group, keys: 'Mod-Alt-Backspace' },
      enabled: pieces,
      run: () => assistant.leave(assistant.pieces),
    },
    {
      ...{ id: 'model.next', name: ASSIST.nextOne, group, keys: 'Alt-ArrowDown' },
      enabled: pieces,
      run: () => void (workspace.editor && stepTo(workspace.editor.view, 1)),
    },
    {
      ...{ id: 'model.previous', name: ASSIST.previousOne, group, keys: 'Alt-ArrowUp' },
      enabled: pieces,
      run: () => void (workspace.editor && stepTo(workspace.editor.view, -1)),
    },
  ]
}

function looks(workspace: Workspace): Command[] {
  const group = WRITE.view
  const cycle = () =>
    workspace.show(MODES[(MODES.indexOf(workspace.mode) + 1) % MODES.length] ?? 'edit')
  const focus = () => (workspace.focus = !workspace.focus)
  return [
    ...MODES.map((mode) => ({
      ...{ id: `look.${mode}`, name: WRITE[mode], group, keys: KEYS[mode] },
      run: () => workspace.show(mode),
    })),
    { id: 'look.cycle', name: WRITE.cycle, group, keys: 'Mod-e', run: cycle },
    { id: 'look.focus', name: WRITE.focus, group, keys: 'Mod-Shift-f', run: focus },
    {
      ...{ id: 'look.leave', name: WRITE.leaveFocus, group, keys: 'Escape' },
      enabled: () => workspace.focus && !document.querySelector('.cm-search, .cm-tooltip'),
      run: focus,
    },
    { id: 'look.dim', name: WRITE.dim, group, run: () => workspace.setDim(!workspace.dim) },
  ]
}

function sides(workspace: Workspace): Command[] {
  const names = { findings: WRITE.findings, changes: ASSIST.changes, rounds: WRITE.rounds }
  return (Object.keys(SIDES) as Side[]).map((side) => ({
    ...{ id: `side.${side}`, name: names[side], group: WRITE.side, keys: SIDES[side] },
    run: () => workspace.toggleSide(side),
  }))
}
