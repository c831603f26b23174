import { expect, it } from 'vitest'
import type { SectionOut } from '../../src/api/types'
import { type NodeLike, styled, unready } from '../../src/document/export'

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
  childNodes: children.map((one) => (typeof one === 'string' ? textNode(one) : one)),
  getAttribute: (attribute) => facts[attribute] ?? null,
})

it('gives every element its style and escapes text', () => {
  const made = styled(element('body', [element('h2', ['茶 <b>&"']), element('p', ['x'])]))
  expect(made).toMatch(/^<h2 style="[^"]+">茶 &lt;b&gt;&amp;&quot;<\/h2><p style="[^"]+">x<\/p>$/)
})

it('keeps lines and spaces of code for programs that fold them', () => {
  const code = element('pre', [element('code', [element('span', ['if x:\n  y'])])])
  expect(styled(element('body', [code]))).toContain('if\u00a0x:<br>\u00a0\u00a0y</pre>')
})

it('lets nothing through that runs or leads astray', () => {
  const bad = element('body', [
    element('script', ['alert(1)']),
    element('svg', [element('style', ['x'])]),
    element('a', ['go'], { href: 'javascript:alert(1)', onclick: 'alert(1)' }),
    element('a', ['out'], { href: 'https://example.com/?a="b"' }),
    element('img', [], { src: 'x', onerror: 'alert(1)' }),
  ])
  const made = styled(bad)
  expect(made).not.toMatch(/script|onclick|onerror|<img|<svg|alert/)
  expect(made).toContain('href="https://example.com/?a=&quot;b&quot;"')
})

it('says which sections are not ready', () => {
  const section = (position: number, state: string, text: string) =>
    ({ position, state, text, faults: [] }) as unknown as SectionOut
  const found = unready([
    section(0, 'final', 'a'),
    section(1, 'needs_review', 'b'),
    section(2, 'planned', ''),
    section(3, 'writing', 'c'),
    section(4, 'final', ' '),
  ])
  expect(found.review.map((one) => one.position)).toEqual([1])
  expect(found.unwritten.map((one) => one.position)).toEqual([2, 3, 4])
})
