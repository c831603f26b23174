/**
 * Makes the studio open, and what was read readable, while the server is away. Changing
 * data always comes from the network first, so no old text is shown while the server answers.
 */

/// <reference lib="webworker" />
import { COPIES, COPY_HEADER, MOST_COPIES, oldShells, SHELLS, strategyFor } from './sync/offline'

declare const self: ServiceWorkerGlobalScope
/** Filled in by the build: its number, and its scripts and style sheets. */
declare const __BUILD__: string
declare const __PARTS__: readonly string[]

let generation = 0 // grows when copies are deleted, so that older requests are not stored

self.addEventListener('install', (event) => {
  event.waitUntil(
    caches
      .open(SHELLS + __BUILD__)
      .then((shell) => shell.addAll(['/', '/icon.svg', '/manifest.webmanifest', ...__PARTS__])),
  )
})

self.addEventListener('activate', (event) => {
  event.waitUntil(
    (async () => {
      for (const name of oldShells(await caches.keys(), __BUILD__)) await caches.delete(name)
      await self.clients.claim()
    })(),
  )
})

self.addEventListener('message', (event) => {
  if (event.data === 'take over') void self.skipWaiting()
  if (event.data === 'forget') {
    generation += 1
    event.waitUntil(caches.delete(COPIES))
  }
})

self.addEventListener('fetch', (event) => {
  const { request } = event
  const accept = request.headers.get('Accept') ?? ''
  const strategy = strategyFor(request.method, request.url, location.origin, request.mode, accept)
  if (strategy === 'page') event.respondWith(page(request))
  else if (strategy === 'asset') event.respondWith(asset(request))
  else if (strategy === 'copy') event.respondWith(copied(event))
})

async function page(request: Request): Promise<Response> {
  try {
    return await fetch(request)
  } catch {
    return (await caches.match('/')) ?? Response.error()
  }
}

async function asset(request: Request): Promise<Response> {
  const cached = await caches.match(request)
  if (cached) return cached
  const answer = await fetch(request)
  if (answer.ok) {
    const shell = await caches.open(SHELLS + __BUILD__)
    await shell.put(request, answer.clone())
  }
  return answer
}

async function copied(event: FetchEvent): Promise<Response> {
  const { request } = event
  const started = generation
  const copies = await caches.open(COPIES)
  let answer: Response
  try {
    answer = await fetch(request)
  } catch (error) {
    const copy = await copies.match(request.url, { ignoreVary: true })
    if (!copy) throw error
    return copy
  }
  // Nobody waits for the disk to see it.
  if (started === generation) event.waitUntil(keep(copies, request.url, answer.clone()))
  return answer
}

async function keep(copies: Cache, address: string, answer: Response): Promise<void> {
  await copies.delete(address)
  if (!answer.ok) return // gone, or no longer readable by this user
  const headers = new Headers(answer.headers)
  headers.set(COPY_HEADER, String(Date.now()))
  await copies.put(address, new Response(await answer.blob(), { headers }))
  const addresses = await copies.keys()
  for (const old of addresses.slice(0, Math.max(0, addresses.length - MOST_COPIES)))
    await copies.delete(old)
}
