/** The history that the view shows: read from the server, and what is chosen in it. */

import { api, ok } from '../../api/client'
import { Problem } from '../../api/errors'
import { labelled, t } from '../../i18n/locale.svelte'
import { VERSIONS } from '../../i18n/versions'
import type { OpenDocument } from '../../sync/document.svelte'
import { before, type Entry, type Snapshot, whole } from '../../document/versions'
import { notifyProblem, notify } from '../../state/notices.svelte'

export type Chosen =
  { kind: 'revision'; entry: Entry } | { kind: 'snapshot'; snapshot: Snapshot } | null
/** What the chosen one is compared with: the text now, the one before it, or a revision's id. */
export type Against = 'now' | 'previous' | number

export class History {
  entries = $state.raw<Entry[] | null>(null)
  snapshots = $state.raw<Snapshot[] | null>(null)
  problem = $state.raw<Problem | null>(null)
  chosen = $state.raw<Chosen>(null)
  against = $state<Against>('now')
  busy = $state(false)
  #texts = $state.raw<ReadonlyMap<number, string>>(new Map())
  readonly #open: OpenDocument

  constructor(open: OpenDocument) {
    this.#open = open
  }

  async read(): Promise<void> {
    const params = { path: { document_id: this.#open.id } }
    try {
      const [entries, snapshots] = await Promise.all([
        ok(api.GET('/api/documents/{document_id}/history', { params })),
        ok(api.GET('/api/documents/{document_id}/snapshots', { params })),
      ])
      this.entries = entries
      this.snapshots = snapshots
      this.problem = null
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      this.problem = error
    }
  }

  async choose(chosen: Chosen): Promise<void> {
    this.chosen = chosen
    this.against = 'now'
    if (chosen?.kind === 'revision') await this.#readTexts(chosen.entry.position)
  }

  /** The older and the newer text of the comparison; none while they are read. */
  get pair(): readonly [string, string] | null {
    const doc = this.#open.doc
    if (!this.chosen || !doc) return null
    if (this.chosen.kind === 'snapshot') {
      const { headings, texts } = this.chosen.snapshot
      const now = doc.sections
      return [
        whole(headings, texts),
        whole(
          now.map((section) => section.heading),
          now.map((section) => section.text),
        ),
      ]
    }
    const { entry } = this.chosen
    const text = this.#texts.get(entry.id)
    if (text === undefined) return null
    if (this.against === 'now') return [text, this.#now(entry.position)]
    if (this.against === 'previous') {
      const older = before(this.entries ?? [], entry)
      return [older ? (this.#texts.get(older.id) ?? '') : '', text]
    }
    const other = this.#texts.get(this.against) ?? ''
    return this.against < entry.id ? [other, text] : [text, other]
  }

  async snapshot(name: string): Promise<Snapshot | null> {
    const params = { path: { document_id: this.#open.id } }
    try {
      const snapshot = await ok(
        api.POST('/api/documents/{document_id}/snapshots', { params, body: { name } }),
      )
      this.snapshots = [snapshot, ...(this.snapshots ?? [])]
      return snapshot
    } catch (error) {
      notifyProblem(error)
      return null
    }
  }

  async restore(): Promise<void> {
    if (!this.chosen || this.busy) return
    this.busy = true
    try {
      if (this.chosen.kind === 'revision') await this.#restoreRevision(this.chosen.entry)
      else await this.#restoreSnapshot(this.chosen.snapshot)
      await this.read()
    } catch (error) {
      notifyProblem(error)
    } finally {
      this.busy = false
    }
  }

  async #restoreRevision({ id, position }: Entry): Promise<void> {
    const place = { document_id: this.#open.id, position }
    const text = this.#now(position)
    const { version } = await ok(
      api.POST('/api/documents/{document_id}/sections/{position}/revisions/{revision_id}/restore', {
        params: { path: { ...place, revision_id: id } },
      }),
    )
    const undo = () =>
      this.#again(
        ok(
          api.PUT('/api/documents/{document_id}/sections/{position}', {
            params: { path: place },
            body: { text, version },
          }),
        ),
      )
    notify(t(VERSIONS.restored), { label: t(VERSIONS.undo), run: () => void undo() })
  }

  async #restoreSnapshot({ id, name }: Snapshot): Promise<void> {
    const backup = await this.snapshot(labelled(t(VERSIONS.beforeRestore), name).slice(0, 200))
    if (!backup) return
    const restore = (snapshot_id: string) =>
      ok(
        api.POST('/api/documents/{document_id}/snapshots/{snapshot_id}/restore', {
          params: { path: { document_id: this.#open.id, snapshot_id } },
        }),
      )
    await restore(id)
    const undo = () => this.#again(restore(backup.id))
    notify(t(VERSIONS.restored), { label: t(VERSIONS.undo), run: () => void undo() })
  }

  async #again(request: Promise<unknown>): Promise<void> {
    try {
      await request
      await this.read()
    } catch (error) {
      notifyProblem(error)
    }
  }

  #now(position: number): string {
    return this.#open.doc?.sections.find((section) => section.position === position)?.text ?? ''
  }

  async #readTexts(position: number): Promise<void> {
    const params = { path: { document_id: this.#open.id, position } }
    try {
      const revisions = await ok(
        api.GET('/api/documents/{document_id}/sections/{position}/revisions', { params }),
      )
      this.#texts = new Map([
        ...this.#texts,
        ...revisions.map((revision) => [revision.id, revision.text] as const),
      ])
    } catch (error) {
      notifyProblem(error)
    }
  }
}
