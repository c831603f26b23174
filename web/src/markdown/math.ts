/** `$inline$` and `$$display$$` mathematics for markdown-it. */

import type { MarkdownIt } from 'markdown-it'

type Render = (tex: string, display: boolean) => string

const LONGEST = 2000 // characters; more is not a formula

/** Has `markdown` read mathematics and show it by `render`, whose answer is HTML. */
export function addMath(markdown: MarkdownIt, render: Render): MarkdownIt {
  markdown.inline.ruler.after('escape', 'math', (state, silent) => {
    const { src, pos } = state
    if (src[pos] !== '$') return false
    const mark = src[pos + 1] === '$' ? '$$' : '$'
    const start = pos + mark.length
    const end = closing(src, start, mark)
    if (end < 0) return false
    if (!silent) {
      const token = state.push('math', 'math', 0)
      token.content = src.slice(start, end)
      token.markup = mark
    }
    state.pos = end + mark.length
    return true
  })
  markdown.renderer.rules.math = (tokens, at) => {
    const token = tokens[at]
    return render(token?.content.trim() ?? '', token?.markup === '$$')
  }
  return markdown
}

/** Where the mark closes; -1 for prices such as $5 and $6: no space inside, no digit after. */
function closing(text: string, start: number, mark: string): number {
  if (mark === '$' && /\s/.test(text[start] ?? ' ')) return -1
  const last = Math.min(text.length, start + LONGEST)
  for (let at = start; at < last; at += 1) {
    if (text[at] === '\\') at += 1
    else if (text.startsWith(mark, at)) {
      if (at === start) return -1
      if (mark === '$' && (/\s/.test(text[at - 1] ?? '') || /\d/.test(text[at + 1] ?? '')))
        return -1
      return at
    }
  }
  return -1
}
