/** What a line is, shown by how it looks: headings, code, quotations; and the state of sections. */

import { syntaxTree } from '@codemirror/language'
import { RangeSetBuilder, StateEffect, StateField } from '@codemirror/state'
import {
  Decoration,
  type DecorationSet,
  EditorView,
  ViewPlugin,
  type ViewUpdate,
  WidgetType,
} from '@codemirror/view'
import { bodies, setBodies } from './sections'

/** What the chip beside a heading says. */
export interface Chip {
  readonly position: number
  readonly state: string
  readonly text: string
  readonly label: string
}

export const setChips = StateEffect.define<readonly Chip[]>()

class ChipWidget extends WidgetType {
  constructor(
    readonly chip: Chip,
    readonly opened: (position: number, anchor: HTMLElement) => void,
  ) {
    super()
  }

  override eq(other: ChipWidget): boolean {
    const { chip } = this
    return (
      other.chip.position === chip.position &&
      other.chip.text === chip.text &&
      other.chip.state === chip.state &&
      other.chip.label === chip.label
    )
  }

  override toDOM(): HTMLElement {
    const button = document.createElement('button')
    button.type = 'button'
    button.className = 'cm-chip'
    button.setAttribute('aria-haspopup', 'menu')
    this.#fill(button)
    button.onmousedown = (event) => event.preventDefault()
    button.onclick = () => this.opened(Number(button.dataset.position), button)
    return button
  }

  override updateDOM(button: HTMLElement): boolean {
    this.#fill(button)
    return true
  }

  override ignoreEvent(): boolean {
    return true
  }

  #fill(button: HTMLElement): void {
    button.dataset.state = this.chip.state
    button.dataset.position = String(this.chip.position)
    button.textContent = this.chip.text
    button.setAttribute('aria-label', this.chip.label)
  }
}

const chipsField = StateField.define<readonly Chip[]>({
  create: () => [],
  update(value, transaction) {
    for (const effect of transaction.effects) if (effect.is(setChips)) return effect.value
    return value
  },
})

/** A chip at the end of each section's heading; `opened` is called when one is pressed. */
export function chips(opened: (position: number, anchor: HTMLElement) => void) {
  return [
    chipsField,
    EditorView.decorations.compute([chipsField, bodies], (state) => {
      const all = state.field(bodies)
      const ranges = state.field(chipsField).flatMap((chip) => {
        const body = all[chip.position]
        if (!body || body.heading >= state.doc.length) return []
        const line = state.doc.lineAt(body.from - 2)
        const widget = new ChipWidget(chip, opened)
        return [Decoration.widget({ widget, side: 1 }).range(line.to)]
      })
      return Decoration.set(ranges)
    }),
  ]
}

const LINES: Record<string, Decoration> = {
  ATXHeading1: Decoration.line({ class: 'cm-heading cm-heading-1' }),
  ATXHeading2: Decoration.line({ class: 'cm-heading cm-heading-2' }),
  ATXHeading3: Decoration.line({ class: 'cm-heading cm-heading-3' }),
  ATXHeading4: Decoration.line({ class: 'cm-heading cm-heading-3' }),
  FencedCode: Decoration.line({ class: 'cm-code-line', attributes: { spellcheck: 'false' } }),
  CodeBlock: Decoration.line({ class: 'cm-code-line', attributes: { spellcheck: 'false' } }),
  Blockquote: Decoration.line({ class: 'cm-quote-line' }),
}

function lines(view: EditorView): DecorationSet {
  const built = new RangeSetBuilder<Decoration>()
  let done = -1
  for (const { from, to } of view.visibleRanges) {
    syntaxTree(view.state).iterate({
      from,
      to,
      enter: (node) => {
        const decoration = LINES[node.name]
        if (!decoration) return
        const { doc } = view.state
        const end = Math.min(node.to, to)
        for (let line = doc.lineAt(Math.max(node.from, from)); ; line = doc.lineAt(line.to + 1)) {
          if (line.from > done) built.add(line.from, line.from, decoration)
          done = Math.max(done, line.from)
          if (line.to >= end) break
        }
        return false
      },
    })
  }
  return built.finish()
}

export const lineLooks = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet

    constructor(view: EditorView) {
      this.decorations = lines(view)
    }

    update(update: ViewUpdate): void {
      const layoutChanged = update.transactions.some((transaction) =>
        transaction.effects.some((effect) => effect.is(setBodies)),
      )
      const parsed = syntaxTree(update.state) !== syntaxTree(update.startState)
      if (update.docChanged || update.viewportChanged || parsed || layoutChanged) {
        this.decorations = lines(update.view)
      }
    }
  },
  { decorations: (plugin) => plugin.decorations },
)
