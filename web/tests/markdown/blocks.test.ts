import { expect, it } from 'vitest'
import { blocks, definitions } from '../../src/markdown/blocks'

const TEXT = `# Tea

First line
second line

- one

  more of one

- two

1. a

\`\`\`python
x = 1

y = 2
\`\`\`

$$
a

b
$$

    code

    more code

> said

last [link]

[link]: https://example.org
`

it('cuts a text into blocks that can be rendered apart', () => {
  const found = blocks(TEXT)
  expect(found.map((one) => one.text).join('')).toBe(TEXT)
  expect(found.map((one) => one.text.trim().split('\n')[0])).toEqual([
    '# Tea',
    'First line',
    '- one',
    '```python',
    '$$',
    'code',
    '> said',
    'last [link]',
    '[link]: https://example.org',
  ])
  for (const one of found) expect(TEXT.startsWith(one.text, one.from)).toBe(true)
})

it('changes only the last two blocks while text is added', () => {
  for (let end = 1; end < TEXT.length; end += 1) {
    const before = blocks(TEXT.slice(0, end))
    const after = blocks(TEXT.slice(0, end + 1))
    expect(after.slice(0, Math.max(0, before.length - 2))).toEqual(before.slice(0, -2))
  }
})

it('knows the definitions of links of all blocks', () => {
  expect(definitions(TEXT)).toBe('[link]: https://example.org')
})
