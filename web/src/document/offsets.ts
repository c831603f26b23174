/** Converts between the server's offsets (code points) and JavaScript's (UTF-16 units). */

/** The UTF-16 offset of the character number `characters` of `text`, as Python counts. */
export function utf16Offset(text: string, characters: number): number {
  let offset = 0
  for (let left = characters; left > 0 && offset < text.length; left -= 1) {
    offset += (text.codePointAt(offset) ?? 0) > 0xffff ? 2 : 1
  }
  return offset
}

/** The number of the character, as Python counts, at the UTF-16 offset `at`. */
export function characterOffset(text: string, offset: number): number {
  let count = 0
  for (let unit = 0; unit < offset; count += 1) {
    unit += (text.codePointAt(unit) ?? 0) > 0xffff ? 2 : 1
  }
  return count
}
