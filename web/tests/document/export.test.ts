import { expect, it } from 'vitest'
import type { SectionOut } from '../../src/api/types'
import {
  endingOf,
  exportFormats,
  type Format,
  isAvailable,
  type NodeLike,
  styled,
  unready,
} from '../../src/document/export'

const format = (id: string, facts: Partial<Format> = {}): Format => ({
  ...{ id, name: id.toUpperCase(), endings: [`.${id}`], media_type: 'text/plain' },
  ...{ exports: true, imports: false, missing: [], remedy: null },
  ...facts,
})

it('offers every format that the server exports, in its order', () => {
  const registry = [format('odt'), format('txt', { exports: false, imports: true }), format('md')]
  expect(exportFormats(registry).map(({ id }) => id)).toEqual(['odt', 'md'])
})

it('knows a format whose converter is missing', () => {
  expect(isAvailable(format('md'))).toBe(true)
  expect(isAvailable(format('pdf', { missing: ['typst'], remedy: 'Install it.' }))).toBe(false)
})

it('names the ending that exported files get', () => {
  expect(endingOf(format('md', { endings: ['.md', '.markdown'] }))).toBe('.md')
  expect(endingOf(format('odt', { endings: [] }))).toBe('.odt')
})

const textNode = (content: string): NodeLike => ({
  nodeType: 3,
  nodeName: '#text',
  textContent: content,
  childNodes: [],
})
const element = (
  name: string,
  children: (NodeLike | string)[],
  facts: Record<string, string> = {},
): NodeLike => ({
  nodeType: 1,
  nodeName: name.toUpperCase(),
  textContent: null,
  childNodes: children.map((child) => (typeof child === 'string' ? textNode(child) : child)),
  getAttribute: (attribute) => facts[attribute] ?? null,
})

it('gives every element its style and escapes text', () => {
  const html = styled(element('body', [element('h2', ['茶 <b>&"']), element('p', ['x'])]))
  expect(html).toMatch(/^<h2 style="[^"]+">茶 &lt;b&gt;&amp;&quot;<\/h2><p style="[^"]+">x<\/p>$/)
})

it('keeps lines and spaces of code for programs that fold them', () => {
  const code = element('pre', [element('code', [element('span', ['if x:\n  y'])])])
  expect(styled(element('body', [code]))).toContain('if\u00a0x:<br>\u00a0\u00a0y</pre>')
})

it('drops scripts, handlers and unsafe links', () => {
  const unsafe = element('body', [
    element('script', ['alert(1)']),
    element('svg', [element('style', ['x'])]),
    element('a', ['go'], { href: 'javascript:alert(1)', onclick: 'alert(1)' }),
    element('a', ['out'], { href: 'https://example.com/?a="b"' }),
    element('img', [], { src: 'x', onerror: 'alert(1)' }),
  ])
  const html = styled(unsafe)
  expect(html).not.toMatch(/script|onclick|onerror|<img|<svg|alert/)
  expect(html).toContain('href="https://example.com/?a=&quot;b&quot;"')
})

it('separates sections that need review from unwritten ones', () => {
  const section = (position: number, state: string, text: string) =>
    ({ position, state, text, faults: [] }) as unknown as SectionOut
  const { review, unwritten } = unready([
    section(0, 'final', 'a'),
    section(1, 'needs_review', 'b'),
    section(2, 'planned', ''),
    section(3, 'writing', 'c'),
    section(4, 'final', ' '),
  ])
  expect(review.map(({ position }) => position)).toEqual([1])
  expect(unwritten.map(({ position }) => position)).toEqual([2, 3, 4])
})
