/** The engine's state, choice and speed check. */

import { api, ok, type Schema } from './client'

export type EngineState = Schema['EngineState']
export type EngineCheck = Schema['EngineCheck']

export const readEngine = (): Promise<EngineState> => ok(api.GET('/api/engine'))

export const useEngine = (body: Schema['UseModel'] | Schema['UseAddress']): Promise<EngineState> =>
  ok(api.POST('/api/engine/use', { body }))

export const checkEngine = (): Promise<EngineCheck> => ok(api.POST('/api/engine/check'))
