/** Export formats, sections that are not ready for export, and HTML for the clipboard. */

import type { Schema, SectionOut } from '../api/types'

export type Format = Schema['FormatOut']

/** The formats of the server's registry that documents can be exported in, in its order. */
export function exportFormats(registry: readonly Format[]): Format[] {
  return registry.filter((format) => format.exports)
}

/** Whether the server has every converter that `format` needs. */
export function isAvailable(format: Format): boolean {
  return format.missing.length === 0
}

/** The ending of exported files, which is the first of a format. */
export function endingOf(format: Format): string {
  return format.endings[0] ?? `.${format.id}`
}

/** The sections that need review, and those that are not written to the end. */
export function unready(sections: readonly SectionOut[]): {
  review: SectionOut[]
  unwritten: SectionOut[]
} {
  const review = sections.filter((section) => section.state === 'needs_review')
  const unwritten = sections.filter(
    (section) => section.state === 'planned' || section.state === 'writing' || !section.text.trim(),
  )
  return { review, unwritten: unwritten.filter((section) => !review.includes(section)) }
}

/** The part of the DOM's Node that is read here. */
export interface NodeLike {
  readonly nodeType: number
  readonly nodeName: string
  readonly textContent: string | null
  readonly childNodes: ArrayLike<NodeLike>
  getAttribute?(name: string): string | null
}

const ELEMENT = 1
const TEXT = 3
const BODY = 'font-size:16px;line-height:1.75;color:#222;margin:0 0 1em'
const CELL = 'border:1px solid #bbb;padding:6px 10px;text-align:left;vertical-align:top'
const MONO = 'font-family:Menlo,Consolas,monospace'
/** Inline styles: programs drop style sheets and classes of what is pasted into them. */
const STYLES: Readonly<Record<string, string>> = {
  h1: 'font-size:26px;line-height:1.3;font-weight:bold;margin:0 0 0.8em',
  h2: 'font-size:22px;line-height:1.3;font-weight:bold;margin:1.6em 0 0.6em',
  h3: 'font-size:19px;line-height:1.3;font-weight:bold;margin:1.4em 0 0.5em',
  h4: 'font-size:17px;line-height:1.3;font-weight:bold;margin:1.2em 0 0.5em',
  h5: 'font-size:16px;font-weight:bold;margin:1em 0 0.5em',
  h6: 'font-size:16px;font-weight:bold;margin:1em 0 0.5em',
  p: BODY,
  ul: 'margin:0 0 1em;padding-left:1.6em',
  ol: 'margin:0 0 1em;padding-left:1.6em',
  li: 'font-size:16px;line-height:1.75;color:#222',
  blockquote: 'margin:0 0 1em;padding:2px 0 2px 14px;border-left:4px solid #ccc;color:#555',
  pre: `margin:0 0 1em;padding:12px 14px;background:#f5f5f4;border-radius:6px;font-size:14px;line-height:1.55;${MONO}`,
  code: `background:#f5f5f4;padding:1px 4px;border-radius:3px;font-size:0.9em;${MONO}`,
  table: 'border-collapse:collapse;margin:0 0 1em;font-size:15px',
  thead: '',
  tbody: '',
  tr: '',
  th: `${CELL};background:#f5f5f4;font-weight:bold`,
  td: CELL,
  a: 'color:#1a5fb4',
  strong: 'font-weight:bold',
  em: 'font-style:italic',
  del: 'text-decoration:line-through',
  sup: '',
  sub: '',
  br: '',
  hr: 'border:0;border-top:1px solid #ccc;margin:2em 0',
}
const LEFT_OUT = new Set(['script', 'style', 'nav', 'head', 'input', 'template', 'annotation'])
const LINK = /^(https?:|mailto:)/i

/** The contents of an element as HTML with inline styles, without scripts. */
export function styled(node: NodeLike, inCode = false): string {
  return Array.from(node.childNodes, (child) => styledNode(child, inCode)).join('')
}

function styledNode(node: NodeLike, inCode: boolean): string {
  if (node.nodeType === TEXT) return styledText(node.textContent ?? '', inCode)
  if (node.nodeType !== ELEMENT) return ''
  const name = node.nodeName.toLowerCase()
  if (LEFT_OUT.has(name)) return ''
  const contents = styled(node, inCode || name === 'pre')
  const style = inCode ? undefined : STYLES[name]
  if (style === undefined) return contents // of a span or div, without the element itself
  const link = node.getAttribute?.('href') ?? ''
  const href = name === 'a' && LINK.test(link) ? ` href="${escaped(link)}"` : ''
  const open = `<${name}${href}${style ? ` style="${style}"` : ''}>`
  return name === 'br' || name === 'hr' ? open : `${open}${contents}</${name}>`
}

/** The page without its own styles, which the content security policy would report. */
export function plainHtml(page: string): string {
  return page.replace(/<style[\s\S]*?<\/style>/gi, '').replace(/\sstyle="[^"]*"/g, '')
}

/** Text as HTML. In code, spaces and line ends are kept: WeChat folds them even in <pre>. */
function styledText(content: string, inCode: boolean): string {
  const safe = escaped(content)
  if (!inCode) return safe
  return safe.replace(/\n/g, '<br>').replace(/\t/g, '    ').replace(/ /g, '\u00a0')
}

function escaped(content: string): string {
  return content
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')
}
