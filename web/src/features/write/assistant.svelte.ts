/**
 * Requests to the model about the text, and its proposals. An answer becomes pieces that the user
 * takes or leaves; nothing changes by itself.
 */

import { ChangeSet, type Extension } from '@codemirror/state'
import { EditorView } from '@codemirror/view'
import { api, ok } from '../../api/client'
import { Problem } from '../../api/errors'
import type { Schema } from '../../api/types'
import { ask } from '../../api/sse'
import type { Text } from '../../i18n/locale.svelte'
import { t } from '../../i18n/locale.svelte'
import { ASSIST } from '../../i18n/assist'
import { asText, between } from '../../document/buffer'
import type { SyncEngine } from '../../sync/sync-engine.svelte'
import type { OpenDocument } from '../../sync/document.svelte'
import { characterOffset, utf16Offset } from '../../document/offsets'
import { notifyProblem, notify } from '../../state/notices.svelte'
import type { Editor } from '../../editor/editor'
import type { Finding } from '../../editor/findings'
import {
  addPieces,
  rejecting,
  type Piece,
  pieces as piecesField,
  piecesOf,
  setDraft,
  accepting,
} from '../../editor/proposals'

export type Action = Schema['Selected']['action']
type Edits = Schema['Proposed']['edits']

export interface Group {
  readonly id: number
  readonly title: Text
  readonly position: number
  /** Why, in the model's or the rule's words. */
  readonly note: string
  readonly settled?: (taken: boolean) => void
}

export interface Running {
  readonly title: Text
  readonly stop: () => void
}

interface Snapshot {
  readonly text: string
  readonly version: number
}

export class Assistant {
  groups = $state.raw<readonly Group[]>([])
  pieces = $state.raw<readonly Piece[]>([])
  running = $state.raw<Running | null>(null)

  readonly #open: OpenDocument
  readonly #sync: SyncEngine
  #editor: Editor | null = null
  #taken = new Set<number>()
  #next = 1

  constructor(open: OpenDocument, sync: SyncEngine) {
    this.#open = open
    this.#sync = sync
  }

  attach(editor: Editor): void {
    this.#editor = editor
  }

  /** For the editor: hears what became of the pieces. */
  get extension(): Extension {
    return EditorView.updateListener.of((update) => {
      const now = update.state.field(piecesField, false) ?? []
      if (now === (update.startState.field(piecesField, false) ?? [])) return
      this.pieces = now
      const left = new Set(now.map((piece) => piece.group))
      const gone = this.groups.filter((group) => !left.has(group.id))
      if (!gone.length) return
      this.groups = this.groups.filter((group) => left.has(group.id))
      for (const group of gone) group.settled?.(this.#taken.delete(group.id))
    })
  }

  take(chosen: readonly Piece[]): void {
    for (const piece of chosen) this.#taken.add(piece.group)
    this.#editor?.view.dispatch(accepting(chosen))
  }

  leave(chosen: readonly Piece[]): void {
    this.#editor?.view.dispatch(rejecting(chosen))
  }

  of(group: number): Piece[] {
    return this.pieces.filter((piece) => piece.group === group)
  }

  /** Whether the model may be asked about a section: not while it writes there. */
  free(position: number): boolean {
    const state = this.#open.doc?.sections[position]?.state
    return !(state === 'writing' && this.#open.writing)
  }

  /** Shows what a section would become. */
  propose(group: Omit<Group, 'id'>, before: string, after: ChangeSet): boolean {
    const editor = this.#editor
    if (!editor) return false
    const now = this.#sync.text(group.position)
    const changes = now === before ? after : after.map(between(before, now))
    const id = this.#next++
    const pieces = piecesOf(editor.view.state, id, group.position, changes)
    if (!pieces.length) return false
    this.groups = [...this.groups, { ...group, id }]
    editor.view.dispatch({ effects: addPieces.of(pieces) })
    return true
  }

  /** Runs an action of the model on the selection. */
  async act(action: Action, title: Text, detail = ''): Promise<void> {
    const editor = this.#editor
    const selected = editor?.selected
    if (!editor || !selected) return
    const { position } = selected
    await this.#run(title, async (signal) => {
      const { text, version } = await this.#snapshot(position)
      const range = editor.selected ?? selected
      const body = {
        ...{ action, detail, version, seed: seed() },
        start: characterOffset(text, range.from),
        end: characterOffset(text, range.to),
      }
      let draft = ''
      const draftOffset = editor.view.state.doc.lineAt(editor.view.state.selection.main.to).to
      const show = () => this.#draft(draftOffset, draft)
      show()
      for await (const event of ask(this.#address(position, 'actions/stream'), body, signal)) {
        if (event.name === 'text') {
          draft += (event.data as { text: string }).text
          show()
        } else if (event.name === 'done') {
          const { edits } = event.data as Schema['Proposed']
          const { head } = editor.view.state.selection.main
          editor.view.dispatch({ selection: { anchor: head } })
          this.#offer({ title, position, note: detail }, text, edits)
        }
      }
    })
  }

  async repair(finding: Finding): Promise<void> {
    const { position } = finding
    await this.#run(ASSIST.repair, async (signal) => {
      const { text, version } = await this.#snapshot(position)
      const moved = between(finding.text, text)
      const start = moved.mapPos(utf16Offset(finding.text, finding.diagnostic.start), 1)
      const end = moved.mapPos(utf16Offset(finding.text, finding.diagnostic.end), -1)
      const answer = await ok(
        api.POST('/api/documents/{document_id}/sections/{position}/repair', {
          params: { path: { document_id: this.#open.id, position } },
          body: {
            code: finding.diagnostic.code,
            start: characterOffset(text, start),
            end: characterOffset(text, Math.max(start, end)),
            version,
            seed: seed(),
          },
          signal,
        }),
      )
      this.#offer(
        { title: ASSIST.repair, position, note: finding.diagnostic.message },
        text,
        answer.edits,
      )
    })
  }

  /** Polishes the whole text; proposals arrive one by one. */
  async polish(): Promise<void> {
    await this.#run(ASSIST.polish, async (signal) => {
      await this.#sync.save()
      const before = this.#snapshots()
      let count = 0
      const address = `/api/documents/${encodeURIComponent(this.#open.id)}/polish`
      for await (const event of ask(address, { seed: seed() }, signal)) {
        if (event.name !== 'proposal') continue
        const proposal = event.data as Schema['PolishOut']
        const snapshot = before.get(proposal.position)
        if (snapshot?.version !== proposal.version) continue
        const group = { title: ASSIST.polish, position: proposal.position, note: proposal.message }
        if (this.propose(group, snapshot.text, asChanges(snapshot.text, proposal.edits))) count += 1
      }
      if (!count) notify(t(ASSIST.nothing))
    })
  }

  /** What was asked of the model about this document so far. @throws Problem */
  async rounds(): Promise<Schema['RoundOut'][]> {
    const params = { path: { document_id: this.#open.id } }
    return await ok(api.GET('/api/documents/{document_id}/rounds', { params }))
  }

  /** Says in words what should change; gives what came of it when it was answered. */
  async round(instruction: string, onText: (text: string) => void): Promise<boolean> {
    let answered = false
    await this.#run(ASSIST.round, async (signal) => {
      await this.#sync.save()
      const before = this.#snapshots()
      const address = `/api/documents/${encodeURIComponent(this.#open.id)}/rounds/stream`
      let answer = ''
      for await (const event of ask(address, { instruction, seed: seed() }, signal)) {
        if (event.name === 'text') onText((answer += (event.data as { text: string }).text))
        if (event.name !== 'done') continue
        answered = true
        this.offerRound(event.data as Schema['RoundOut'], before)
      }
    })
    return answered
  }

  /** Shows a round's proposal in the text, whether it is new or was left open. */
  offerRound(round: Schema['RoundOut'], before = this.#snapshots()): void {
    const text = before.get(round.position)?.text ?? this.#sync.text(round.position)
    const settled = (taken: boolean) => void this.settleRound(round.id, taken ? 'taken' : 'left')
    const group = {
      title: ASSIST.round,
      position: round.position,
      note: round.instruction,
      settled,
    }
    if (this.propose(group, text, between(text, round.proposal))) this.#editor?.go(round.position)
    else notify(t(ASSIST.nothing))
  }

  async settleRound(id: string, state: 'taken' | 'left'): Promise<void> {
    try {
      const path = { document_id: this.#open.id, round_id: id }
      const params = { path }
      await ok(
        api.POST('/api/documents/{document_id}/rounds/{round_id}', { params, body: { state } }),
      )
    } catch (error) {
      notifyProblem(error)
    }
  }

  /** Runs one request at a time, which the user can stop. */
  async #run(title: Text, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    this.running?.stop()
    const abort = new AbortController()
    const task = { title, stop: () => abort.abort() }
    this.running = task
    try {
      await work(abort.signal)
    } catch (error) {
      if (!abort.signal.aborted) notifyProblem(error)
    } finally {
      if (this.running === task) {
        this.running = null
        this.#editor?.view.dispatch({ effects: setDraft.of(null) })
      }
    }
  }

  #draft(at: number, text: string): void {
    const stop = () => this.running?.stop()
    this.#editor?.view.dispatch({
      effects: setDraft.of({ at, text, stop, label: t(ASSIST.stop) }),
    })
  }

  #offer(group: Omit<Group, 'id'>, before: string, edits: Edits): void {
    if (!this.propose(group, before, asChanges(before, edits))) notify(t(ASSIST.nothing))
  }

  async #snapshot(position: number): Promise<Snapshot> {
    if (!this.free(position)) {
      throw new Problem(409, 'Writing', t(ASSIST.writing))
    }
    const version = this.#sync.version(position) ?? (await this.#sync.ensureSaved(position))
    return { text: this.#sync.text(position), version }
  }

  #snapshots(): Map<number, Snapshot> {
    const all = this.#open.doc?.sections ?? []
    return new Map(
      all.flatMap(({ position }) => {
        const version = this.#sync.version(position)
        const text = this.#sync.text(position)
        return version === null ? [] : [[position, { text, version }] as const]
      }),
    )
  }

  #address(position: number, what: string): string {
    return `/api/documents/${encodeURIComponent(this.#open.id)}/sections/${position}/${what}`
  }
}

/** Edits by the server, in characters, as changes of `text`. */
export function asChanges(text: string, edits: Edits): ChangeSet {
  return ChangeSet.of(
    edits.map((edit) => ({
      from: utf16Offset(text, edit.start),
      to: utf16Offset(text, edit.end),
      insert: asText(edit.text),
    })),
    text.length,
  )
}

function seed(): number {
  return Math.floor(Math.random() * 2 ** 31)
}
