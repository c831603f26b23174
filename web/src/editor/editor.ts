/** The editor of a whole document, tied to the texts of its sections. */

import { defaultKeymap, history, historyKeymap } from '@codemirror/commands'
import { bracketMatching } from '@codemirror/language'
import { search, searchKeymap } from '@codemirror/search'
import {
  type ChangeSet,
  Compartment,
  EditorState,
  type Extension,
  Transaction,
} from '@codemirror/state'
import {
  drawSelection,
  dropCursor,
  EditorView,
  highlightSpecialChars,
  keymap,
  placeholder,
} from '@codemirror/view'
import type { DocumentOut } from '../api/types'
import type { SectionTexts, Surface } from '../document/surface'
import { lineLooks } from './lines'
import { markdown } from './markdown'
import {
  bodies,
  type Body,
  bodyAt,
  bodyChanges,
  bodyOf,
  layOut,
  remote,
  sectionAt,
  sections,
  wholeChanges,
} from './sections'
import { theme } from './theme'

export interface EditorOptions {
  readonly parent: HTMLElement
  readonly texts: SectionTexts
  readonly document: () => DocumentOut | null
  readonly language: string
  /** Name for screen readers. */
  readonly label: string
  readonly extensions: readonly Extension[]
  /** What the editor's own panels say, by their English words. */
  readonly phrases: Readonly<Record<string, string>>
}

const nonce = document.querySelector<HTMLMetaElement>('meta[name=csp-nonce]')?.content ?? ''

export class Editor implements Surface {
  readonly view: EditorView
  /** Whether the view stays with the text that is being written. */
  following = true
  readonly #options: EditorOptions
  readonly #compartment = new Compartment()

  constructor(options: EditorOptions) {
    this.#options = options
    this.view = new EditorView({ state: this.#state(), parent: options.parent })
    options.texts.attach(this)
  }

  get composing(): boolean {
    return this.view.composing || this.view.compositionStarted
  }

  /** Extensions that come and go with what is shown. */
  change(extensions: Extension): void {
    this.view.dispatch({ effects: this.#compartment.reconfigure(extensions) })
  }

  show(changes: ReadonlyMap<number, ChangeSet>): void {
    const { state } = this.view
    this.view.dispatch({
      changes: wholeChanges(state, changes),
      annotations: [remote.of(true), Transaction.addToHistory.of(false)],
      filter: false,
    })
    const last = [...changes.keys()].at(-1)
    if (this.following && last !== undefined) this.#keepInSight(last)
  }

  lay(): void {
    const top = this.view.scrollDOM.scrollTop
    const head = Math.min(this.view.state.selection.main.head, this.#layout().text.length)
    this.view.setState(this.#state())
    this.view.dispatch({ selection: { anchor: head } })
    this.view.scrollDOM.scrollTop = top
  }

  destroy(): void {
    this.view.destroy()
  }

  /** The section of the cursor; none in the title. */
  get section(): Body | null {
    const { state } = this.view
    return sectionAt(state.field(bodies), state.selection.main.head)
  }

  /** The selection in the offsets of its section; none when it leaves a body. */
  get selected(): { position: number; from: number; to: number; text: string } | null {
    const { state } = this.view
    const { from, to } = state.selection.main
    const body = bodyAt(state.field(bodies), from)
    if (!body || to > body.to) return null
    const { position } = body
    const text = state.sliceDoc(from, to)
    return { position, from: from - body.from, to: to - body.from, text }
  }

  /** Puts the cursor into a section, at `offset` of its body, in the middle of the window. */
  go(position: number, offset = 0, length = 0): void {
    const body = bodyOf(this.view.state, position)
    if (!body) return
    const anchor = Math.min(body.from + offset, body.to)
    const head = Math.min(anchor + length, body.to)
    const scrollTo = offset || length ? anchor : body.heading
    const effects = EditorView.scrollIntoView(scrollTo, {
      y: offset ? 'center' : 'start',
      yMargin: 24,
    })
    this.following = false
    this.view.dispatch({ selection: { anchor, head }, effects })
    this.view.focus()
  }

  /** A person's change of one section, as one step that can be undone. */
  replace(position: number, changes: ChangeSet): void {
    const { state } = this.view
    const documentChanges = wholeChanges(state, new Map([[position, changes]]))
    this.view.dispatch({ changes: documentChanges, userEvent: 'input.change' })
  }

  #keepInSight(position: number): void {
    const body = bodyOf(this.view.state, position)
    if (!body) return
    const effects = EditorView.scrollIntoView(body.to, { y: 'nearest', yMargin: 120 })
    this.view.dispatch({ effects })
  }

  #layout() {
    const { texts } = this.#options
    const document = this.#options.document()
    const source = { preamble: document?.preamble ?? '', sections: document?.sections ?? [] }
    return layOut(source, (position) => texts.text(position))
  }

  #state(): EditorState {
    const { texts, label, language, extensions, phrases } = this.#options
    const layout = this.#layout()
    return EditorState.create({
      doc: layout.text,
      extensions: [
        sections(layout),
        EditorView.cspNonce.of(nonce),
        history(),
        drawSelection(),
        dropCursor(),
        highlightSpecialChars(),
        bracketMatching(),
        EditorView.lineWrapping,
        search({ top: true }),
        markdown(),
        keymap.of([...searchKeymap, ...historyKeymap, ...defaultKeymap]),
        placeholder(''),
        EditorView.contentAttributes.of({
          'aria-label': label,
          lang: language,
          spellcheck: language.startsWith('zh') ? 'false' : 'true',
          autocapitalize: 'sentences',
        }),
        EditorState.phrases.of(phrases),
        theme,
        lineLooks,
        EditorView.updateListener.of((update) => {
          for (const transaction of update.transactions) {
            if (!transaction.docChanged || transaction.annotation(remote)) continue
            for (const [position, changes] of bodyChanges(transaction))
              texts.edit(position, changes)
          }
        }),
        EditorView.domEventHandlers({
          wheel: () => this.#stopFollowing(),
          pointerdown: () => this.#stopFollowing(),
          keydown: () => this.#stopFollowing(),
          touchmove: () => this.#stopFollowing(),
        }),
        this.#compartment.of([]),
        ...extensions,
      ],
    })
  }

  #stopFollowing(): false {
    this.following = false
    return false
  }
}
