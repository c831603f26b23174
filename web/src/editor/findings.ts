/** The linter's findings, whose positions follow changes of the text. */

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

export interface FindingActions {
  readonly actions: (finding: Finding) => Action[]
}

interface SectionFindings {
  readonly position: number
  readonly text: string
  readonly diagnostics: readonly Finding['diagnostic'][]
}

export const setFindings = StateEffect.define<SectionFindings>()
export const clearFindings = StateEffect.define<null>()
let next = 1

export const findings = StateField.define<readonly Finding[]>({
  create: () => [],
  update(value, transaction) {
    let all = value
    if (transaction.docChanged && all.length) {
      const { changes } = transaction
      all = all
        .map((finding) => ({
          ...finding,
          from: changes.mapPos(finding.from, 1),
          to: changes.mapPos(finding.to, finding.from === finding.to ? 1 : -1),
        }))
        .filter((finding) => finding.from <= finding.to)
    }
    for (const effect of transaction.effects) {
      if (effect.is(clearFindings)) all = []
      if (effect.is(setFindings)) {
        const others = all.filter((finding) => finding.position !== effect.value.position)
        const found = placed(transaction.state, effect.value)
        all = [...others, ...found].sort((finding, other) => finding.from - other.from)
      }
    }
    return all
  },
})

/** Shows what the editor knows of; after each `setFindings`. */
export function showFindings(view: EditorView, provider: FindingActions): void {
  const shown = view.state.field(findings).map((finding) => ({
    from: finding.from,
    to: finding.to,
    severity: SEVERITIES[finding.diagnostic.severity] ?? ('warning' as const),
    source: `${finding.diagnostic.code} ${finding.diagnostic.name}`,
    message: finding.diagnostic.message,
    actions: provider.actions(finding),
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
export function fixChanges(state: EditorState, finding: Finding): ChangeSet | null {
  const body = bodyOf(state, finding.position)
  if (!body || !finding.diagnostic.fix) return null
  const { text } = finding
  const changes = ChangeSet.of(
    finding.diagnostic.fix.edits.map((edit) => ({
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
  for (const finding of some) {
    const changes = fixChanges(state, finding)
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
    all.find((finding) => finding.from <= head && head <= finding.to) ??
    all.find((finding) => finding.from > head) ??
    null
  )
}

function placed(state: EditorState, { position, text, diagnostics }: SectionFindings): Finding[] {
  const body = bodyOf(state, position)
  if (!body) return []
  const now = state.sliceDoc(body.from, body.to)
  const changesSince = now === text ? null : between(text, now)
  const offsetOf = (characters: number, side: -1 | 1) => {
    const unit = utf16Offset(text, characters)
    return body.from + (changesSince ? changesSince.mapPos(unit, side) : unit)
  }
  return diagnostics.flatMap((diagnostic) => {
    const from = offsetOf(diagnostic.start, 1)
    const to = Math.max(from, offsetOf(diagnostic.end, -1))
    return to > body.to ? [] : [{ id: next++, position, from, to, diagnostic: diagnostic, text }]
  })
}
