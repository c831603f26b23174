/** Marks around what is selected. */

import { EditorSelection } from '@codemirror/state'
import type { EditorView } from '@codemirror/view'

/** Puts `mark` around each selection, or takes it away where it is. */
export function wrap(view: EditorView, mark: string): void {
  const { state } = view
  const formatted = state.changeByRange(({ from, to }) => {
    const { length } = mark
    const around =
      state.sliceDoc(from - length, from) === mark && state.sliceDoc(to, to + length) === mark
    const changes = around
      ? [
          { from: from - length, to: from },
          { from: to, to: to + length },
        ]
      : [
          { from, insert: mark },
          { from: to, insert: mark },
        ]
    const by = around ? -length : length
    return { changes, range: EditorSelection.range(from + by, to + by) }
  })
  view.dispatch(state.update(formatted, { userEvent: 'input.format' }))
  view.focus()
}
