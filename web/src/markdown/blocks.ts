/** Cuts Markdown into pieces that can be rendered apart: while text streams, only the last changes. */

export interface Block {
  readonly from: number
  readonly text: string
}

const FENCE = /^ {0,3}(`{3,}|~{3,})/
const MATH = /^ {0,3}\$\$/
const LIST = /^ {0,3}(?:[-*+]|\d{1,9}[.)])(?:\s|$)/
const QUOTE = /^ {0,3}>/
const GOES_ON = /^(?: {2,}|\t)\S/

/** The blocks of a text, in order; together they are the whole of it. */
export function blocks(text: string): Block[] {
  const complete: Block[] = []
  let start = 0
  let closing: ((line: string) => boolean) | null = null
  let opening = ''
  let blank = false
  for (let offset = 0; offset < text.length;) {
    const end = text.indexOf('\n', offset)
    const next = end < 0 ? text.length : end + 1
    const line = text.slice(offset, end < 0 ? text.length : end)
    if (closing) {
      if (closing(line)) closing = null
    } else {
      if (line.trim() && blank && !belongs(opening, line)) {
        complete.push({ from: start, text: text.slice(start, offset) })
        start = offset
        opening = ''
      }
      opening ||= line.trim() ? line : ''
      closing = closer(line)
    }
    blank = !closing && !line.trim()
    offset = next
  }
  if (start < text.length) complete.push({ from: start, text: text.slice(start) })
  return complete
}

/** Whether a line after a blank one is still of the block that began with `opening`. */
function belongs(opening: string, line: string): boolean {
  if (LIST.test(opening)) return LIST.test(line) || GOES_ON.test(line)
  if (QUOTE.test(opening)) return false
  return /^(?: {4}|\t)/.test(opening) && GOES_ON.test(line)
}

function closer(line: string): ((line: string) => boolean) | null {
  const fence = FENCE.exec(line)?.[1]
  if (fence) {
    const mark = fence[0] ?? '`'
    if (mark === '`' && line.slice(line.indexOf(fence) + fence.length).includes('`')) return null
    return (next) => {
      const end = next.trim()
      return end.length >= fence.length && end === mark.repeat(end.length)
    }
  }
  if (MATH.test(line) && !/\$\$\s*$/.test(line.replace(MATH, ''))) {
    return (next) => /\$\$\s*$/.test(next)
  }
  return null
}

const DEFINITION = /^ {0,3}\[[^\]\n]+\]:[ \t]*\S+.*$/gm

/** The link definitions of a text: each block is rendered with those of all. */
export function definitions(text: string): string {
  return text.includes(']:') ? (text.match(DEFINITION)?.join('\n') ?? '') : ''
}
