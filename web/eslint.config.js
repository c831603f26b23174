import js from '@eslint/js'
import svelte from 'eslint-plugin-svelte'
import globals from 'globals'
import ts from 'typescript-eslint'
import { LAYERS } from './layers.js'
import svelteConfig from './svelte.config.js'

const RESTRICTED = '@typescript-eslint/no-restricted-imports'

/** A rule for each folder of src that refuses imports of the folders above it. */
const imports = Object.entries(LAYERS).map(([folder, allowed]) => {
  const refused = Object.keys(LAYERS).filter((name) => name !== folder && !allowed.includes(name))
  const patterns = refused.map((name) => ({
    regex: name === 'api' ? '^(\\.\\./)+api/(?!types$)' : `^(\\.\\./)+${name}/`,
    message: `src/${folder} does not import src/${name}: see layers.js.`,
  }))
  if (refused.includes('api')) {
    patterns.push({
      regex: '^(\\.\\./)+api/types$',
      allowTypeImports: true,
      message: 'Only types: api/types has nothing else.',
    })
  }
  return {
    files: [`src/${folder}/**`],
    rules: { [RESTRICTED]: ['error', { patterns }] },
  }
})

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
  ...imports,
  {
    files: ['src/features/**/*.svelte'],
    rules: {
      [RESTRICTED]: [
        'error',
        {
          patterns: [
            {
              regex: '^(\\.\\./)+api/(?!types$|errors$)',
              message: 'A view does not ask the server: its state class does.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['src/document/**'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...['document', 'window', 'navigator', 'location', 'localStorage', 'fetch', 'setTimeout'],
      ],
    },
  },
  {
    files: ['src/**', 'tests/**'],
    rules: {
      'max-lines': ['error', 600],
      'max-lines-per-function': ['error', 60],
    },
  },
  // `describe` takes a function that holds a whole group of tests.
  { files: ['tests/**'], rules: { 'max-lines-per-function': 'off' } },
  {
    files: ['src/**'],
    rules: {
      'svelte/no-at-html-tags': 'error',
      // Dates and sets that nothing on the page shows need no signals.
      'svelte/prefer-svelte-reactivity': 'off',
    },
  },
  { ignores: ['node_modules', 'src/api/schema.d.ts'] },
)
