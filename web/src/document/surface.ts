import type { ChangeSet } from '@codemirror/state'

/** Where the user sees the text: the editor, as the sync engine knows it. */
export interface Surface {
  /** Whether an input method is composing: nothing may move now. */
  readonly composing: boolean
  /** Shows changes of sections that came from the server, or from the settling of a conflict. */
  show(changes: ReadonlyMap<number, ChangeSet>): void
  /** Lays out all sections again after a change of the outline. */
  lay(): void
}

/** Where the text lives: the sync engine, as the editor knows it. */
export interface SectionTexts {
  text(position: number): string
  /** Records what the user typed into a section. */
  edit(position: number, changes: ChangeSet): void
  attach(surface: Surface): void
}
