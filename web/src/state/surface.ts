import type { ChangeSet } from '@codemirror/state'

/** Where the person sees the text. */
export interface Surface {
  /** Whether an input method is composing: nothing may move now. */
  readonly composing: boolean
  /** Changes of sections that came from the server, or from the settling of a conflict. */
  show(changes: ReadonlyMap<number, ChangeSet>): void
  /** The outline has changed: all is to be laid out again. */
  lay(): void
}
