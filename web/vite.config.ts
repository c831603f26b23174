import { createHash } from 'node:crypto'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import type { HtmlTagDescriptor, Plugin } from 'vite'
import { defineConfig } from 'vitest/config'

const WORKER = 'service-worker.js'

/** Tells the service worker the parts of this build; so it changes when any of them does. */
function parts(): Plugin {
  return {
    name: 'parts-for-the-service-worker',
    generateBundle(_, bundle) {
      const worker = bundle[WORKER]
      if (worker?.type !== 'chunk') return
      const names = Object.keys(bundle)
        .filter((name) => /^assets\/.*\.(js|css)$/.test(name))
        .sort()
      const build = createHash('sha256').update(names.join()).digest('hex').slice(0, 12)
      worker.code = worker.code
        .replaceAll('__BUILD__', JSON.stringify(build))
        .replaceAll('__PARTS__', JSON.stringify(names.map((name) => `/${name}`)))
    },
  }
}

/** Most visits begin at home: the browser fetches its scripts beside the entry, not after it. */
function homeBeside(): Plugin {
  return {
    name: 'home-beside-the-entry',
    transformIndexHtml: {
      order: 'post',
      handler(_, { bundle, chunk: entry }) {
        const home = Object.values(bundle ?? {}).find((one) => one.name === 'Home')
        if (home?.type !== 'chunk' || !entry) return
        const known = new Set([entry.fileName, ...entry.imports])
        const scripts = [home.fileName, ...home.imports].filter((name) => !known.has(name))
        const styles = [...(home.viteMetadata?.importedCss ?? [])]
        return [
          ...scripts.map((name) => link('modulepreload', name)),
          ...styles.map((name) => link('stylesheet', name)),
        ]
      },
    },
  }
}

const link = (rel: string, name: string): HtmlTagDescriptor => ({
  tag: 'link',
  attrs: { rel, crossorigin: true, href: `/${name}` },
  injectTo: 'head',
})

export default defineConfig({
  plugins: [svelte(), parts(), homeBeside()],
  build: {
    outDir: 'dist', // from where build.py puts it into the package
    target: 'es2023',
    modulePreload: { polyfill: false }, // it would be an inline script
    assetsInlineLimit: 0, // fonts and pictures as files: the policy allows our own address
    rolldownOptions: {
      input: { index: 'index.html', 'service-worker': 'src/service-worker.ts' },
      output: {
        entryFileNames: ({ name }) =>
          name === 'service-worker' ? WORKER : 'assets/[name]-[hash].js',
        // One file, not dozens of a few hundred bytes that the first view waits for.
        codeSplitting: { groups: [{ name: 'icons', test: /@lucide/ }] },
      },
    },
    manifest: true, // the size check and the service worker read it
  },
  server: { proxy: { '/api': 'http://127.0.0.1:8765' } },
  test: {
    include: ['tests/**/*.test.ts'],
    setupFiles: ['tests/support/browser.ts'],
    testTimeout: 60_000,
  },
})
