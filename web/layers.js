/**
 * The folders of src and what each may import; eslint.config.js and tests/layers.test.ts enforce it.
 *
 *     i18n ◂ document ◂ api ◂ sync ◂ state ◂┐
 *     i18n ◂ markdown ◂ ui ◂────────────────┼ features ◂ main, App
 *            document, markdown ◂ editor ◂──┘
 *
 * Types of api/types describe the server's data and may be imported everywhere.
 */
export const LAYERS = {
  i18n: [],
  document: ['i18n'],
  api: ['i18n', 'document'],
  sync: ['i18n', 'document', 'api'],
  state: ['i18n', 'document', 'api', 'sync'],
  markdown: [],
  ui: ['i18n', 'markdown'],
  editor: ['document', 'markdown'],
  features: ['i18n', 'document', 'api', 'sync', 'state', 'markdown', 'ui', 'editor'],
}
