/** Counts words the way the server does. */

const CJK = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/gu
const WORD = /[\p{L}\p{N}]+(?:['’-][\p{L}\p{N}]+)*/gu

/** Words of a text: each Chinese character counts as one, as on the server. */
export function countWords(text: string): number {
  const characters = text.match(CJK)?.length ?? 0
  return characters + (text.replace(CJK, ' ').match(WORD)?.length ?? 0)
}
