/**
 * Changes that the model proposes, shown in place: the removed text is struck out, the new text
 * follows it. The document does not change until the user accepts a piece.
 */

import { isolateHistory } from '@codemirror/commands'
import {
  type ChangeSet,
  EditorSelection,
  type EditorState,
  type Extension,
  StateEffect,
  StateField,
  type TransactionSpec,
} from '@codemirror/state'
import { Decoration, type DecorationSet, EditorView, WidgetType } from '@codemirror/view'
import { bodyOf } from './sections'

/** One piece of a proposal: `removed`, from `from` to `to`, would become `insert`. */
export interface Piece {
  readonly id: number
  readonly group: number
  readonly position: number
  readonly from: number
  readonly to: number
  readonly removed: string
  readonly insert: string
}

/** What an action writes before its answer is complete. */
export interface Draft {
  readonly at: number
  readonly text: string
  readonly stop: () => void
  readonly label: string
}

export interface Words {
  readonly take: () => string
  readonly leave: () => string
}

export const addPieces = StateEffect.define<readonly Piece[]>()
export const dropPieces = StateEffect.define<ReadonlySet<number>>()
export const setDraft = StateEffect.define<Draft | null>()

let next = 1

/** Pieces for `changes` of a section as it stands in the editor; none if it is not there. */
export function piecesOf(
  state: EditorState,
  group: number,
  position: number,
  changes: ChangeSet,
): Piece[] {
  const body = bodyOf(state, position)
  if (!body || changes.length !== body.to - body.from) return []
  const pieces: Piece[] = []
  changes.iterChanges((start, end, _from, _to, insert) => {
    const from = body.from + start
    const to = body.from + end
    const removed = state.sliceDoc(from, to)
    pieces.push({ id: next++, group, position, from, to, removed, insert: insert.toString() })
  })
  return pieces
}

export const pieces = StateField.define<readonly Piece[]>({
  create: () => [],
  update(value, transaction) {
    let all = value
    if (transaction.docChanged && all.length) {
      const { changes, newDoc } = transaction
      all = all
        .map((piece) => ({
          ...piece,
          from: changes.mapPos(piece.from, 1),
          to: piece.from === piece.to ? changes.mapPos(piece.to, 1) : changes.mapPos(piece.to, -1),
        }))
        // A piece is dropped where the user has changed its text meanwhile.
        .filter(
          (piece) =>
            piece.from <= piece.to && newDoc.sliceString(piece.from, piece.to) === piece.removed,
        )
    }
    for (const effect of transaction.effects) {
      if (effect.is(addPieces)) {
        all = [...all, ...effect.value].sort((piece, other) => piece.from - other.from)
      }
      if (effect.is(dropPieces)) all = all.filter((piece) => !effect.value.has(piece.id))
    }
    return all
  },
})

/** Accepts pieces, as one step that can be undone. */
export function accepting(chosen: readonly Piece[]): TransactionSpec {
  return {
    changes: chosen.map(({ from, to, insert }) => ({ from, to, insert })),
    effects: dropPieces.of(new Set(chosen.map((piece) => piece.id))),
    annotations: isolateHistory.of('full'),
    userEvent: 'input.accept',
  }
}

export function rejecting(chosen: readonly Piece[]): TransactionSpec {
  return { effects: dropPieces.of(new Set(chosen.map((piece) => piece.id))) }
}

/** The piece at the cursor, else the next one after it, else the first. */
export function pieceAt(state: EditorState): Piece | null {
  const all = state.field(pieces)
  const { head } = state.selection.main
  return all.find((piece) => piece.to >= head) ?? all[0] ?? null
}

/** Goes to the next piece after the cursor, or with -1 to the one before it. */
export function stepTo(view: EditorView, step: 1 | -1): boolean {
  const all = view.state.field(pieces)
  const { head } = view.state.selection.main
  const ahead = all.filter((piece) => (step > 0 ? piece.from > head : piece.to < head))
  const target = step > 0 ? (ahead[0] ?? all[0]) : (ahead.at(-1) ?? all.at(-1))
  if (!target) return false
  const effects = EditorView.scrollIntoView(target.from, { y: 'center' })
  view.dispatch({ selection: EditorSelection.cursor(target.from), effects })
  return true
}

class Added extends WidgetType {
  constructor(
    readonly piece: Piece,
    readonly words: Words,
  ) {
    super()
  }

  override eq(other: Added): boolean {
    return other.piece.id === this.piece.id
  }

  override toDOM(view: EditorView): HTMLElement {
    const whole = document.createElement('span')
    if (this.piece.insert) {
      const added = document.createElement('ins')
      added.className = 'cm-added'
      added.textContent = this.piece.insert
      whole.append(added)
    }
    const verdict = document.createElement('span')
    verdict.className = 'cm-verdict'
    const { id } = this.piece
    const find = () => view.state.field(pieces).filter((piece) => piece.id === id)
    verdict.append(
      button('✓', this.words.take(), () => view.dispatch(accepting(find()))),
      button('✕', this.words.leave(), () => view.dispatch(rejecting(find()))),
    )
    whole.append(verdict)
    return whole
  }

  override ignoreEvent(): boolean {
    return true
  }
}

class Drafted extends WidgetType {
  constructor(readonly draft: Draft) {
    super()
  }

  override eq(other: Drafted): boolean {
    return other.draft === this.draft
  }

  override toDOM(): HTMLElement {
    const box = document.createElement('div')
    box.className = 'cm-draft'
    const text = document.createElement('div')
    text.className = 'cm-draft-text'
    text.textContent = this.draft.text
    const stop = button('■', this.draft.label, () => this.draft.stop())
    box.append(text, stop)
    return box
  }

  override updateDOM(box: HTMLElement): boolean {
    const text = box.querySelector('.cm-draft-text')
    if (text) text.textContent = this.draft.text
    return true
  }

  override ignoreEvent(): boolean {
    return true
  }
}

const draft = StateField.define<Draft | null>({
  create: () => null,
  update(value, transaction) {
    for (const effect of transaction.effects) if (effect.is(setDraft)) return effect.value
    return value && transaction.docChanged
      ? { ...value, at: transaction.changes.mapPos(value.at, 1) }
      : value
  },
  provide: (field) =>
    EditorView.decorations.from(field, (value) => {
      if (!value) return Decoration.none
      const widget = new Drafted(value)
      return Decoration.set(Decoration.widget({ widget, side: 1, block: true }).range(value.at))
    }),
})

export function proposals(words: Words): Extension {
  const shown = (all: readonly Piece[]): DecorationSet =>
    Decoration.set(
      all.flatMap((piece) => [
        ...(piece.from < piece.to
          ? [Decoration.mark({ class: 'cm-removed', tagName: 'del' }).range(piece.from, piece.to)]
          : []),
        Decoration.widget({ widget: new Added(piece, words), side: 1 }).range(piece.to),
      ]),
      true,
    )
  return [
    pieces,
    draft,
    EditorView.decorations.compute([pieces], (state) => shown(state.field(pieces))),
  ]
}

function button(sign: string, label: string, run: () => void): HTMLElement {
  const element = document.createElement('button')
  element.type = 'button'
  element.textContent = sign
  element.title = label
  element.setAttribute('aria-label', label)
  element.onmousedown = (event) => event.preventDefault()
  element.onclick = run
  return element
}
