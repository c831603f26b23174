/** Detects which tabs of this browser are alive: a living tab keeps its own edits. */

export const TAB = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`
const PREFIX = 'xiezuo.tab.'

// The lock is given back when the tab ends, however it does.
void navigator.locks?.request(PREFIX + TAB, () => new Promise(() => undefined))

const LEAVING_MS = 400

/**
 * Which of `tabs` are alive, this one left out.
 *
 * A reloaded page may ask before the page it replaces has released its lock, so tabs that seem alive
 * are checked once more.
 */
export async function livingTabsAmong(tabs: readonly string[]): Promise<ReadonlySet<string>> {
  const seen = await livingTabs()
  if (!tabs.some((tab) => seen.has(tab))) return seen
  await new Promise((done) => setTimeout(done, LEAVING_MS))
  return livingTabs()
}

async function livingTabs(): Promise<ReadonlySet<string>> {
  const { held = [] } = (await navigator.locks?.query()) ?? {}
  const names = held.map((lock) => lock.name ?? '').filter((name) => name.startsWith(PREFIX))
  return new Set(names.map((name) => name.slice(PREFIX.length)).filter((tab) => tab !== TAB))
}
