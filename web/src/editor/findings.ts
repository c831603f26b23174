/** What the linter found, where it stands; kept in place while the text changes. */

import { lintGutter, lintKeymap, linter, setDiagnostics, type Action } from '@codemirror/lint'
import {
  ChangeSet,
  type EditorState,
  type Extension,
  StateEffect,
  StateField,
} from '@codemirror/state'
import { EditorView, keymap } from '@codemirror/view'
import type { Schema } from '../api/types'
import { asText, between } from '../document/buffer'
import { utf16Offset } from '../document/offsets'
import { bodyOf } from './sections'

type Diagnostic = Schema['DiagnosticOut']

export interface Finding {
  readonly id: number
  readonly position: number
  readonly from: number
  readonly to: number
  readonly diagnostic: Omit<Diagnostic, 'fix'> & { readonly fix: Diagnostic['fix'] | null }
  /** The section's text in which it was found. */
  readonly text: string
}

export interface Helped {
  readonly actions: (one: Finding) => Action[]
}

interface Found {
  readonly position: number
  readonly text: string
  readonly diagnostics: readonly Finding['diagnostic'][]
}

export const setFound = StateEffect.define<Found>()
export const clearFound = StateEffect.define<null>()
let next = 1

export const findings = StateField.define<readonly Finding[]>({
  create: () => [],
  update(value, transaction) {
    let all = value
    if (transaction.docChanged && all.length) {
      const { changes } = transaction
      all = all
        .map((one) => ({
          ...one,
          from: changes.mapPos(one.from, 1),
          to: changes.mapPos(one.to, one.from === one.to ? 1 : -1),
        }))
        .filter((one) => one.from <= one.to)
    }
    for (const effect of transaction.effects) {
      if (effect.is(clearFound)) all = []
      if (effect.is(setFound)) {
        const others = all.filter((one) => one.position !== effect.value.position)
        const found = placed(transaction.state, effect.value)
        all = [...others, ...found].sort((one, other) => one.from - other.from)
      }
    }
    return all
  },
})

/** Shows what the editor knows of; after each `setFound`. */
export function showFindings(view: EditorView, helped: Helped): void {
  const shown = view.state.field(findings).map((one) => ({
    from: one.from,
    to: one.to,
    severity: SEVERITIES[one.diagnostic.severity] ?? ('warning' as const),
    source: `${one.diagnostic.code} ${one.diagnostic.name}`,
    message: one.diagnostic.message,
    actions: helped.actions(one),
  }))
  view.dispatch(setDiagnostics(view.state, shown))
}

const SEVERITIES: Record<string, 'error' | 'warning' | 'info'> = {
  error: 'error',
  warning: 'warning',
  info: 'info',
}

export function lintLooks(): Extension {
  return [findings, linter(null, { delay: 200 }), lintGutter(), keymap.of(lintKeymap)]
}

/** The changes of its section that a finding's fix makes, of the text as it is now. */
export function fixChanges(state: EditorState, one: Finding): ChangeSet | null {
  const body = bodyOf(state, one.position)
  if (!body || !one.diagnostic.fix) return null
  const { text } = one
  const changes = ChangeSet.of(
    one.diagnostic.fix.edits.map((edit) => ({
      from: utf16Offset(text, edit.start),
      to: utf16Offset(text, edit.end),
      insert: asText(edit.text),
    })),
    text.length,
  )
  const now = state.sliceDoc(body.from, body.to)
  return now === text ? changes : changes.map(between(text, now))
}

/** The fixes of a section that do not touch each other, as one change; none if there are none. */
export function allFixes(state: EditorState, some: readonly Finding[]): ChangeSet | null {
  let whole: ChangeSet | null = null
  let end = -1
  for (const one of some) {
    const changes = fixChanges(state, one)
    if (!changes) continue
    let first = Infinity
    let last = -1
    changes.iterChangedRanges((from, to) => {
      first = Math.min(first, from)
      last = Math.max(last, to)
    })
    if (first <= end) continue
    end = last
    whole = whole ? whole.compose(changes.map(whole)) : changes
  }
  return whole
}

/** The finding at the cursor, else the next one after it. */
export function findingAt(state: EditorState): Finding | null {
  const { head } = state.selection.main
  const all = state.field(findings)
  return (
    all.find((one) => one.from <= head && head <= one.to) ??
    all.find((one) => one.from > head) ??
    null
  )
}

function placed(state: EditorState, { position, text, diagnostics }: Found): Finding[] {
  const body = bodyOf(state, position)
  if (!body) return []
  const now = state.sliceDoc(body.from, body.to)
  const moved = now === text ? null : between(text, now)
  const at = (characters: number, side: -1 | 1) => {
    const unit = utf16Offset(text, characters)
    return body.from + (moved ? moved.mapPos(unit, side) : unit)
  }
  return diagnostics.flatMap((one) => {
    const from = at(one.start, 1)
    const to = Math.max(from, at(one.end, -1))
    return to > body.to ? [] : [{ id: next++, position, from, to, diagnostic: one, text }]
  })
}
