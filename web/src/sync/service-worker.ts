/** Registers the service worker, offers its new versions, and clears its copies. */

const USER = 'xiezuo.user'
const COPIES = /-copies$/ // as in offline.ts, which must stay a part of the worker alone
const LOOK_MS = 3_600_000 // for a new version, in a tab that stays open

/** Registers the worker; `offer` hears of a new version, with what switches to it. */
export async function startServiceWorker(offer: (reload: () => void) => void): Promise<void> {
  const workers = navigator.serviceWorker
  if (!workers) return // none outside of a secure context
  let reloading = false
  workers.addEventListener('controllerchange', () => {
    if (reloading) location.reload()
  })
  if (!navigator.onLine)
    await new Promise((done) => addEventListener('online', done, { once: true }))
  let registration: ServiceWorkerRegistration
  try {
    registration = await workers.register('/service-worker.js')
  } catch (error) {
    if (error instanceof DOMException || error instanceof TypeError) return // private mode, offline
    throw error
  }
  const offerUpdate = (worker: ServiceWorker | null) => {
    if (!worker || !workers.controller) return // the first one replaces nothing
    offer(() => {
      reloading = true
      worker.postMessage('take over')
    })
  }
  offerUpdate(registration.waiting)
  registration.addEventListener('updatefound', () => {
    const worker = registration.installing
    worker?.addEventListener('statechange', () => {
      if (worker.state === 'installed') offerUpdate(worker)
    })
  })
  setInterval(() => void registration.update().catch(() => undefined), LOOK_MS)
}

/** Deletes offline copies that belong to another user, or all when no user is logged in. */
export async function forgetCopiesUnless(user: string | null): Promise<void> {
  if (user !== null && localStorage.getItem(USER) === user) return
  if (user === null) localStorage.removeItem(USER)
  else localStorage.setItem(USER, user)
  navigator.serviceWorker?.controller?.postMessage('forget')
  for (const name of (await globalThis.caches?.keys()) ?? []) {
    if (COPIES.test(name)) await caches.delete(name)
  }
}
