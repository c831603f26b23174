/** What the service worker may keep and answer: pure, so that it is tested without one. */

export type CacheStrategy = 'page' | 'asset' | 'copy' | 'pass'

/** What can be read while the server is away: who one is, the list, a document. */
const COPIED = /^\/api\/(me|documents|documents\/[0-9a-f]{32})$/
const SHELL = new Set(['/icon.svg', '/icon-192.png', '/icon-512.png', '/manifest.webmanifest'])
export const COPY_HEADER = 'X-Xiezuo-Copy'
export const COPIES = 'xiezuo-copies'
export const SHELLS = 'xiezuo-shell-'
export const MOST_COPIES = 60
/** Shells of so many builds are kept: tabs of the one before still ask for its parts. */
export const KEPT_SHELLS = 2

/**
 * What is done with a request: only GETs of this very server are looked at, never a stream.
 *
 * @param accept of the request's headers.
 */
export function strategyFor(
  method: string,
  address: string,
  origin: string,
  mode: string,
  accept: string,
): CacheStrategy {
  const url = new URL(address)
  if (method !== 'GET' || url.origin !== origin || accept.includes('text/event-stream')) {
    return 'pass'
  }
  if (mode === 'navigate') return url.pathname === '/' ? 'page' : 'pass'
  if (url.pathname.startsWith('/assets/') || SHELL.has(url.pathname)) return 'asset'
  return COPIED.test(url.pathname) && !url.search ? 'copy' : 'pass'
}

/** The shells to delete when that of `build` takes over; `names` are in the order of their making. */
export function oldShells(names: readonly string[], build: string): string[] {
  const shells = names.filter((name) => name.startsWith(SHELLS) && name !== SHELLS + build)
  return shells.slice(0, Math.max(0, shells.length - (KEPT_SHELLS - 1)))
}
