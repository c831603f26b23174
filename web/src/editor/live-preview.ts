/** Two ways to see the text itself: with its marks hidden, and with all but this paragraph dimmed. */

import { syntaxTree } from '@codemirror/language'
import { type Extension, type Range } from '@codemirror/state'
import {
  Decoration,
  type DecorationSet,
  EditorView,
  ViewPlugin,
  type ViewUpdate,
} from '@codemirror/view'

const MARKS = new Set([
  ...['HeaderMark', 'EmphasisMark', 'StrongEmphasisMark', 'StrikethroughMark', 'CodeMark'],
  ...['LinkMark', 'URL', 'QuoteMark', 'LinkTitle'],
])
const BULLET = Decoration.mark({ class: 'cm-bullet' })
const HIDDEN = Decoration.replace({})

/** Hides the marks of Markdown on lines where the cursor is not. */
export const livePreview: Extension = plugin((view) => {
  const { state } = view
  const decorations: Range<Decoration>[] = []
  const cursorLines = state.selection.ranges.map(({ from, to }) => [
    state.doc.lineAt(from).from,
    state.doc.lineAt(to).to,
  ])
  const active = (from: number, to: number) =>
    cursorLines.some(([start = 0, end = 0]) => from <= end && to >= start)
  for (const { from, to } of view.visibleRanges) {
    syntaxTree(state).iterate({
      from,
      to,
      enter: (node) => {
        if (node.name === 'FencedCode' || node.name === 'Image') return false
        if (node.name === 'ListMark') decorations.push(BULLET.range(node.from, node.to))
        if (!MARKS.has(node.name) || node.from === node.to || active(node.from, node.to)) return
        const space = node.name === 'HeaderMark' || node.name === 'QuoteMark'
        const next = state.sliceDoc(node.to, node.to + 1) === ' '
        decorations.push(HIDDEN.range(node.from, node.to + Number(space && next)))
        return
      },
    })
  }
  return Decoration.set(decorations, true)
})

const DIM = Decoration.line({ class: 'cm-dim' })

/** Dims every paragraph but the one of the cursor. */
export const dimmed: Extension = plugin((view) => {
  const { doc, selection } = view.state
  const here = doc.lineAt(selection.main.head)
  let first = here.number
  let last = here.number
  const blank = (line: number) => !doc.line(line).length
  if (here.length) {
    while (first > 1 && !blank(first - 1)) first -= 1
    while (last < doc.lines && !blank(last + 1)) last += 1
  }
  const decorations: Range<Decoration>[] = []
  for (const { from, to } of view.visibleRanges) {
    for (let line = doc.lineAt(from); ; line = doc.line(line.number + 1)) {
      if (line.number < first || line.number > last) decorations.push(DIM.range(line.from))
      if (line.to >= to) break
    }
  }
  return Decoration.set(decorations, true)
})

function plugin(decorate: (view: EditorView) => DecorationSet): Extension {
  return ViewPlugin.fromClass(
    class {
      decorations: DecorationSet

      constructor(view: EditorView) {
        this.decorations = decorate(view)
      }

      update(update: ViewUpdate): void {
        const parsed = syntaxTree(update.state) !== syntaxTree(update.startState)
        if (update.docChanged || update.viewportChanged || update.selectionSet || parsed) {
          // While an input method composes, nothing around it may move.
          this.decorations = update.view.composing
            ? this.decorations.map(update.changes)
            : decorate(update.view)
        }
      }
    },
    { decorations: (plugin) => plugin.decorations },
  )
}
