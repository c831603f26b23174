/** The session of the user. */

import { api, ok, setCsrf } from '../api/client'
import { Problem } from '../api/errors'
import type { Schema } from '../api/types'
import { followPreferences, leavePreferences } from './preferences.svelte'
import { followSystem, leaveSystem } from './system.svelte'
import { forgetCopiesUnless } from '../sync/service-worker'

type Session = { state: 'unknown' | 'out' } | { state: 'in'; me: Schema['Me'] }

const current = $state<{ session: Session; problem: Problem | null }>({
  session: { state: 'unknown' },
  problem: null,
})

export function session(): Session {
  return current.session
}

/** Why the session is unknown, such as an unreachable server. */
export function sessionProblem(): Problem | null {
  return current.problem
}

export async function restoreSession(): Promise<void> {
  current.problem = null
  try {
    enter(await ok(api.GET('/api/me')))
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    if (error.status !== 401) current.problem = error
    else {
      current.session = { state: 'out' }
      await forgetCopiesUnless(null)
    }
  }
}

export async function logIn(name: string, password: string): Promise<void> {
  enter(await ok(api.POST('/api/login', { body: { name, password } })))
}

export async function logOut(): Promise<void> {
  await ok(api.POST('/api/logout'))
  leaveSystem()
  leavePreferences()
  await forgetCopiesUnless(null)
  setCsrf(null)
  current.session = { state: 'out' }
}

function enter(me: Schema['Me']): void {
  setCsrf(me.csrf)
  current.session = { state: 'in', me }
  followSystem()
  void forgetCopiesUnless(me.user_id)
  void followPreferences()
}
