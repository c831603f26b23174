/** The name in a Content-Disposition header; https://www.rfc-editor.org/rfc/rfc6266 */
export function nameOf(disposition: string): string {
  const extended = /filename\*=UTF-8''([^;]+)/i.exec(disposition)?.[1]
  if (extended) {
    try {
      return decodeURIComponent(extended)
    } catch {
      return extended
    }
  }
  return /filename="?([^";]+)"?/i.exec(disposition)?.[1] ?? 'document'
}
