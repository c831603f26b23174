/**
 * Where the user is, in the address's fragment: `#/d/ID/write`, or `#/d/ID/write/3` for its section
 * at position 3. The server knows one page only.
 */

export type Stage = 'brief' | 'outline' | 'write' | 'versions' | 'export'
export const STAGES: readonly Stage[] = ['brief', 'outline', 'write', 'versions', 'export']

export type Route =
  | { view: 'home' | 'models' | 'settings' }
  | { view: 'new'; template: string | null }
  | { view: 'document'; id: string; stage: Stage; section?: number }

export function read(fragment: string): Route {
  const [first = '', second = '', third = '', fourth = ''] = fragment
    .replace(/^#?\/?/, '')
    .split('/')
    .map(decoded)
  if (first === 'd' && second) {
    const stage = STAGES.find((stage) => stage === third) ?? 'write'
    const section = /^\d{1,5}$/.test(fourth) ? { section: Number(fourth) } : {}
    return { view: 'document', id: second, stage, ...section }
  }
  if (first === 'new') return { view: 'new', template: second || null }
  if (first === 'models' || first === 'settings') return { view: first }
  return { view: 'home' }
}

export function href(route: Route): string {
  if (route.view === 'document') {
    const section = route.section === undefined ? '' : `/${route.section}`
    return `#/d/${encodeURIComponent(route.id)}/${route.stage}${section}`
  }
  if (route.view === 'new')
    return route.template ? `#/new/${encodeURIComponent(route.template)}` : '#/new'
  return route.view === 'home' ? '#/' : `#/${route.view}`
}

const state = $state<{ route: Route }>({ route: read(location.hash) })

addEventListener('hashchange', () => {
  state.route = read(location.hash)
})

export function route(): Route {
  return state.route
}

export function go(to: Route): void {
  location.hash = href(to)
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
