/** The writing workspace: what is shown of the text and beside it. */

import type { Extension } from '@codemirror/state'
import { EditorView } from '@codemirror/view'
import { Assistant } from './assistant.svelte'
import type { Editor } from '../../editor/editor'
import {
  allFixes,
  type Finding,
  findingAt,
  findings,
  fixChanges,
  lintLooks,
  setFindings,
  showFindings,
} from '../../editor/findings'
import { dimmed, livePreview } from '../../editor/live-preview'
import { proposals } from '../../editor/proposals'
import { bodyOf, changedSections } from '../../editor/sections'
import { ASSIST } from '../../i18n/assist'
import { t } from '../../i18n/locale.svelte'
import { WRITE } from '../../i18n/write'
import type { SyncEngine } from '../../sync/sync-engine.svelte'
import type { OpenDocument } from '../../sync/document.svelte'
import { Linter } from '../../sync/linter'
import { countWords } from '../../document/words'
import { notify } from '../../state/notices.svelte'

export type Mode = 'edit' | 'inside' | 'beside' | 'read'
export type Side = 'findings' | 'changes' | 'rounds'
export const MODES: readonly Mode[] = ['edit', 'inside', 'beside', 'read']

const KEPT_MODE = 'xiezuo.mode'
const KEPT_DIM = 'xiezuo.dim'
const CALM_MS = 250
const SHOWN_MS = 400 // findings of several sections are shown at once

export class Workspace {
  readonly open: OpenDocument
  readonly sync: SyncEngine
  readonly assistant: Assistant
  mode = $state<Mode>(MODES.find((mode) => mode === localStorage.getItem(KEPT_MODE)) ?? 'edit')
  side = $state<Side | null>(null)
  /** On a narrow window: whether the sections are shown instead of the text. */
  rail = $state(false)
  focus = $state(false)
  dim = $state(localStorage.getItem(KEPT_DIM) === 'yes')
  /** The sections' texts, and their words, as they were a moment ago. */
  texts = $state.raw<readonly string[]>([])
  counts = $state.raw<readonly number[]>([])
  findings = $state.raw<readonly Finding[]>([])
  selected = $state.raw<{ position: number; text: string } | null>(null)
  section = $state(-1)
  goal = $state(0)
  editor = $state.raw<Editor | null>(null)

  readonly #linter: Linter
  #changed = new Set<number>()
  #timer: ReturnType<typeof setTimeout> | undefined
  #showing: ReturnType<typeof setTimeout> | undefined

  constructor(open: OpenDocument, sync: SyncEngine) {
    this.open = open
    this.sync = sync
    this.assistant = new Assistant(open, sync)
    this.#linter = new Linter(open, sync, (position, text, diagnostics) => {
      const view = this.editor?.view
      if (!view) return
      view.dispatch({ effects: setFindings.of({ position, text, diagnostics }) })
      this.#showing ??= setTimeout(() => {
        this.#showing = undefined
        if (this.editor) showFindings(this.editor.view, this.#findingActions)
      }, SHOWN_MS)
    })
    this.goal = Number(localStorage.getItem(this.#goalKey)) || this.planned
  }

  get words(): number {
    return this.counts.reduce((sum, count) => sum + count, 0)
  }

  get planned(): number {
    return this.open.doc?.sections.reduce((sum, section) => sum + section.words_planned, 0) ?? 0
  }

  /** What the editor needs to show all this. */
  get extensions(): Extension[] {
    const words = { take: () => t(ASSIST.takeOne), leave: () => t(ASSIST.leaveOne) }
    return [
      lintLooks(),
      proposals(words),
      this.assistant.extension,
      EditorView.updateListener.of((update) => {
        if (update.docChanged) this.#bodiesChanged(changedSections(update))
        const now = update.state.field(findings)
        if (now !== update.startState.field(findings)) this.findings = now
        if (update.selectionSet || update.docChanged || update.focusChanged)
          this.#selectionChanged()
      }),
    ]
  }

  begin(editor: Editor): () => void {
    this.editor = editor
    this.assistant.attach(editor)
    this.#countAll()
    const leave = this.open.listen((_, event) => {
      if (event.event === 'plan_ready' || event.event === 'outline_changed') this.#outlineChanged()
      else if (typeof event.index === 'number') this.#linter.changed(event.index)
    })
    return () => {
      leave()
      clearTimeout(this.#timer)
      clearTimeout(this.#showing)
      this.#linter.end()
      this.editor = null
    }
  }

  show(mode: Mode): void {
    this.mode = mode
    localStorage.setItem(KEPT_MODE, mode)
  }

  /** The extensions of what is shown now. */
  get looks(): Extension {
    return [this.mode === 'inside' ? livePreview : [], this.focus && this.dim ? dimmed : []]
  }

  setDim(dim: boolean): void {
    this.dim = dim
    localStorage.setItem(KEPT_DIM, dim ? 'yes' : 'no')
  }

  setGoal(words: number): void {
    this.goal = words > 0 ? Math.round(words) : this.planned
    localStorage.setItem(this.#goalKey, String(this.goal))
  }

  toggleSide(side: Side): void {
    this.side = this.side === side ? null : side
  }

  /** Makes the fix of a finding. */
  fix(finding: Finding): void {
    const { editor } = this
    const changes = editor && fixChanges(editor.view.state, finding)
    if (changes) editor.replace(finding.position, changes)
  }

  /** The safe fix at the cursor, by key. */
  fixHere(): void {
    const finding = this.editor && findingAt(this.editor.view.state)
    if (finding?.diagnostic.fix?.safe) this.fix(finding)
    else if (finding?.diagnostic.fix) notify(t(WRITE.unsafe))
    else notify(t(WRITE.noFix))
  }

  fixAll(): void {
    const { editor } = this
    if (!editor) return
    const safe = this.findings.filter((finding) => finding.diagnostic.fix?.safe)
    const positions = new Set(safe.map((finding) => finding.position))
    for (const position of positions) {
      const some = safe.filter((finding) => finding.position === position)
      const changes = allFixes(editor.view.state, some)
      if (changes) editor.replace(position, changes)
    }
  }

  repairHere(): void {
    const finding = this.editor && findingAt(this.editor.view.state)
    if (finding) void this.repair(finding)
  }

  async repair(finding: Finding): Promise<void> {
    this.side ??= 'changes'
    await this.assistant.repair(finding)
  }

  /** Where the body of a section begins in the editor. */
  start(position: number): number {
    const state = this.editor?.view.state
    return (state && bodyOf(state, position)?.from) ?? 0
  }

  goTo(finding: Finding): void {
    const { editor } = this
    if (!editor) return
    editor.following = false
    editor.view.dispatch({
      selection: { anchor: finding.from, head: finding.to },
      effects: EditorView.scrollIntoView(finding.from, { y: 'center' }),
    })
    editor.view.focus()
  }

  readonly #findingActions = {
    actions: (finding: Finding) => [
      ...(finding.diagnostic.fix
        ? [
            {
              name: t(finding.diagnostic.fix.safe ? WRITE.fix : WRITE.fixUnsafe),
              apply: () => this.fix(finding),
            },
          ]
        : []),
      { name: t(WRITE.repair), apply: () => void this.repair(finding) },
    ],
  }

  get #goalKey(): string {
    return `xiezuo.goal.${this.open.id}`
  }

  #bodiesChanged(positions: ReadonlySet<number>): void {
    for (const position of positions) {
      this.#changed.add(position)
      this.#linter.changed(position)
    }
    this.#timer ??= setTimeout(() => this.#count(), CALM_MS)
  }

  #count(): void {
    this.#timer = undefined
    const texts = [...this.texts]
    const counts = [...this.counts]
    for (const position of this.#changed) {
      texts[position] = this.sync.text(position)
      counts[position] = countWords(texts[position])
    }
    this.#changed.clear()
    this.texts = texts
    this.counts = counts
  }

  #countAll(): void {
    this.texts = (this.open.doc?.sections ?? []).map((section) => this.sync.text(section.position))
    this.counts = this.texts.map(countWords)
    this.#linter.forget()
  }

  #outlineChanged(): void {
    // The sync engine lays the new outline out first.
    setTimeout(() => this.#countAll(), CALM_MS)
  }

  #selectionChanged(): void {
    const { editor } = this
    if (!editor) return
    this.section = editor.section?.position ?? -1
    const selected = editor.selected
    this.selected = selected?.text ? { position: selected.position, text: selected.text } : null
  }
}
