/** Answers that are files: asked for like any other, then handed to the browser to keep. */

import { ok } from './client'

interface FileAnswer {
  data?: Blob
  error?: unknown
  response: Response
}

/**
 * Saves the file that is answered under the name that the server gives it.
 *
 * @returns the name.
 * @throws Problem when it was refused, such as for want of a converter.
 */
export async function download(request: Promise<FileAnswer>): Promise<string> {
  const answer = await request
  const blob = await ok(Promise.resolve(answer))
  const name = nameOf(answer.response.headers.get('Content-Disposition') ?? '')
  save(blob, name)
  return name
}

function save(blob: Blob, name: string): void {
  const address = URL.createObjectURL(blob)
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(address), 10_000)
}

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
