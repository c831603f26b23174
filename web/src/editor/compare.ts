/** Two texts beside each other, of which the left may be edited and take from the right. */

import { defaultKeymap, history, historyKeymap } from '@codemirror/commands'
import { MergeView } from '@codemirror/merge'
import { EditorState, type Extension } from '@codemirror/state'
import { EditorView, keymap } from '@codemirror/view'
import { asText } from '../document/buffer'

export interface Compared {
  readonly text: () => string
  readonly destroy: () => void
}

const nonce = document.querySelector<HTMLMetaElement>('meta[name=csp-nonce]')?.content ?? ''

const look = EditorView.theme({
  '.cm-scroller': { fontFamily: 'var(--font-text)', lineHeight: 'var(--line-text)' },
  '.cm-content': { padding: 'var(--space-3)', caretColor: 'var(--seal)' },
  '&.cm-merge-a .cm-changedText, .cm-deletedChunk .cm-deletedText': {
    background: 'var(--good-soft)',
  },
  '&.cm-merge-b .cm-changedText': { background: 'var(--bad-soft)' },
  '.cm-changedLine': { background: 'transparent' },
})

export function compare(
  parent: HTMLElement,
  mine: string,
  theirs: string,
  names: { readonly mine: string; readonly theirs: string },
): Compared {
  const common = (name: string): Extension => [
    EditorView.cspNonce.of(nonce),
    EditorView.lineWrapping,
    EditorView.contentAttributes.of({ 'aria-label': name }),
    look,
  ]
  const view = new MergeView({
    parent,
    a: {
      doc: asText(mine),
      extensions: [common(names.mine), history(), keymap.of([...historyKeymap, ...defaultKeymap])],
    },
    b: {
      doc: asText(theirs),
      extensions: [common(names.theirs), EditorState.readOnly.of(true)],
    },
    revertControls: 'b-to-a',
    gutter: false,
  })
  return { text: () => view.a.state.doc.toString(), destroy: () => view.destroy() }
}
