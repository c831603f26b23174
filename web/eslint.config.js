import js from '@eslint/js'
import svelte from 'eslint-plugin-svelte'
import globals from 'globals'
import ts from 'typescript-eslint'
import svelteConfig from './svelte.config.js'

export default ts.config(
  js.configs.recommended,
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  { languageOptions: { globals: { ...globals.browser, ...globals.node } } },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, svelteConfig } },
  },
  {
    files: ['src/**'],
    ignores: ['src/api/**', 'src/service-worker.ts'],
    rules: {
      // src/api is the only place that speaks to the server.
      'no-restricted-globals': ['error', 'fetch', 'EventSource', 'XMLHttpRequest', 'WebSocket'],
    },
  },
  {
    files: ['src/**'],
    rules: {
      'max-lines': ['error', 400],
      'svelte/no-at-html-tags': 'error',
      // Dates and sets that nothing on the page shows need no signals.
      'svelte/prefer-svelte-reactivity': 'off',
    },
  },
  { ignores: ['node_modules', 'src/api/schema.d.ts'] },
)
