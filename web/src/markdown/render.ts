/**
 * Renders Markdown as inert HTML: no raw HTML, script, style or form, and no remote image.
 * markdown-it escapes, DOMPurify sanitizes, and the content security policy backs up both.
 */

import { classHighlighter, highlightCode } from '@lezer/highlight'
import type { Parser } from '@lezer/common'
import DOMPurify from 'dompurify'
import MarkdownIt from 'markdown-it'
import { languageNamed } from './languages'
import { addMath } from './math'

const LONGEST = 40_000 // characters of one block; more is shown as it is
const DEFINITIONS = /^\s*\[[^\]\n]+\]:/
const MEMORY = 600 // blocks that are remembered

type Katex = typeof import('katex').default

const markdown = addMath(
  new MarkdownIt({ html: false, linkify: false, typographer: false, maxNesting: 40 }),
  (tex, display) => (katex ? mathml(katex, tex, display) : plainMath(tex)),
)
const cache = new Map<string, string>()
const parsers = new Map<string, Parser | null>()
const listeners = new Set<() => void>()
let katex: Katex | null = null
let loading: Promise<void> | null = null

markdown.renderer.rules.image = (tokens, at) => {
  const token = tokens[at]
  const source = String(token?.attrGet('src') ?? '')
  const { escapeHtml } = markdown.utils
  const name = escapeHtml(token?.content ?? '')
  if (/^data:image\/(?:png|jpeg|gif|webp);/i.test(source)) {
    return `<img src="${escapeHtml(source)}" alt="${name}">`
  }
  return `<span class="picture">${name} <span>(${escapeHtml(source)})</span></span>`
}

for (const cell of ['td_open', 'th_open']) {
  // A style attribute would be against the page's policy.
  markdown.renderer.rules[cell] = (tokens, at, options, _, self) => {
    const token = tokens[at]
    const side = /text-align:\s*(\w+)/.exec(String(token?.attrGet('style') ?? ''))?.[1]
    if (token) token.attrs = side ? [['align', side]] : null
    return self.renderToken(tokens, at, options)
  }
}

markdown.renderer.rules.fence = (tokens, at) => {
  const { info = '', content = '' } = tokens[at] ?? {}
  return `<pre><code>${highlighted(content, info)}</code></pre>`
}

const purify = DOMPurify(window)
purify.addHook('afterSanitizeAttributes', (node) => {
  if (node.nodeName !== 'A') return
  const address = node.getAttribute('href') ?? ''
  if (address.startsWith('#')) node.removeAttribute('href')
  node.setAttribute('target', '_blank')
  node.setAttribute('rel', 'noopener noreferrer')
})

/** Calls `again` when something that was missing has been loaded; gives what ends that. */
export function whenLoaded(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** One block as HTML that is safe to put into the page. */
export function render(block: string, links = ''): string {
  const key = links ? `${links}\u0000${block}` : block
  const remembered = cache.get(key)
  if (remembered !== undefined) return remembered
  const html = sanitized(block.length > LONGEST ? plain(block) : convert(block, links))
  if (cache.size > MEMORY)
    for (const old of [...cache.keys()].slice(0, MEMORY / 2)) cache.delete(old)
  cache.set(key, html)
  return html
}

function convert(block: string, links: string): string {
  const environment = {}
  if (links) markdown.render(links, environment)
  const html = markdown.render(block, environment)
  // Nested deeper than is read, a text would be nowhere.
  const lost =
    /[\p{L}\p{N}]/u.test(block) &&
    !DEFINITIONS.test(block) &&
    !/\S/.test(html.replace(/<(?!img|hr|math)[^>]*>/g, ''))
  return lost ? plain(block) : html
}

function plain(text: string): string {
  return `<pre>${markdown.utils.escapeHtml(text)}</pre>`
}

function sanitized(html: string): string {
  return purify.sanitize(html, {
    USE_PROFILES: { html: true, mathMl: true },
    FORBID_TAGS: [
      ...['style', 'form', 'input', 'button', 'textarea', 'select', 'option', 'dialog'],
      ...['audio', 'video', 'source', 'track', 'picture', 'map', 'area', 'details', 'summary'],
    ],
    FORBID_ATTR: ['style', 'id', 'name', 'srcset', 'background', 'poster', 'popovertarget', 'is'],
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    ALLOWED_URI_REGEXP: /^(?:https?:|mailto:|#|data:image\/(?:png|jpeg|gif|webp);)/i,
  })
}

function highlighted(code: string, info: string): string {
  const { escapeHtml } = markdown.utils
  const language = languageNamed(info)
  if (!language) return escapeHtml(code)
  const parser = parsers.get(language.name)
  if (parser === undefined) {
    parsers.set(language.name, null)
    void language.load().then((support) => {
      parsers.set(language.name, support.language.parser)
      forget()
    })
  }
  if (!parser) return escapeHtml(code)
  let html = ''
  highlightCode(
    code,
    parser.parse(code),
    classHighlighter,
    (text, classes) => {
      html += classes ? `<span class="${classes}">${escapeHtml(text)}</span>` : escapeHtml(text)
    },
    () => (html += '\n'),
  )
  return html
}

function plainMath(tex: string): string {
  loading ??= import('katex').then((module) => {
    katex = module.default
    forget()
  })
  return `<code>${markdown.utils.escapeHtml(tex)}</code>`
}

function mathml(renderer: Katex, tex: string, displayMode: boolean): string {
  try {
    const html = renderer.renderToString(tex, {
      displayMode,
      output: 'mathml',
      throwOnError: true,
      trust: false,
      strict: 'ignore',
      maxExpand: 200,
      maxSize: 20,
    })
    return html.replace(/<annotation[\s\S]*?<\/annotation>/g, '').replace(/ style="[^"]*"/g, '')
  } catch (error) {
    if (!(error instanceof renderer.ParseError)) throw error
    return `<code>${markdown.utils.escapeHtml(tex)}</code>`
  }
}

function forget(): void {
  cache.clear()
  for (const listener of listeners) listener()
}
