/** Languages of code blocks, each loaded when a document has such a block. */

import { LanguageDescription } from '@codemirror/language'

export const LANGUAGES: readonly LanguageDescription[] = [
  LanguageDescription.of({
    name: 'Python',
    alias: ['py', 'python3', 'pycon'],
    load: async () => (await import('@codemirror/lang-python')).python(),
  }),
  LanguageDescription.of({
    name: 'JavaScript',
    alias: ['js', 'mjs', 'node', 'jsx', 'json'],
    load: async () => (await import('@codemirror/lang-javascript')).javascript({ jsx: true }),
  }),
  LanguageDescription.of({
    name: 'TypeScript',
    alias: ['ts', 'tsx'],
    load: async () =>
      (await import('@codemirror/lang-javascript')).javascript({ jsx: true, typescript: true }),
  }),
]

/** The language that the info string of a fence names, if it is one of ours. */
export function languageNamed(info: string): LanguageDescription | null {
  const name = /^[\w+#.-]+/.exec(info.trim())?.[0].toLowerCase() ?? ''
  return name ? LanguageDescription.matchLanguageName(LANGUAGES, name, false) : null
}
