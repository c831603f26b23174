/** Converts between the server's offsets (code points) and JavaScript's (UTF-16 units). */

/** The UTF-16 offset of the character number `characters` of `text`, as Python counts. */
export function utf16Offset(text: string, characters: number): number {
  let at = 0
  for (let left = characters; left > 0 && at < text.length; left -= 1) {
    at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1
  }
  return at
}

/** The number of the character, as Python counts, at the UTF-16 offset `at`. */
export function characterOffset(text: string, at: number): number {
  let count = 0
  for (let unit = 0; unit < at; count += 1) {
    unit += (text.codePointAt(unit) ?? 0) > 0xffff ? 2 : 1
  }
  return count
}
