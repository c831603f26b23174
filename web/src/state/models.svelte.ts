/** The models on this machine and the engine that runs one of them. */

import { api, ok } from '../api/client'
import { Problem } from '../api/errors'
import type { Schema } from '../api/types'

export type Model = Schema['ModelOut']
export type EngineState = Schema['EngineState']
export type EngineCheck = Schema['EngineCheck']

const POINTS = 60

const pathOf = (model_id: string) => ({ params: { path: { model_id } } })

/** @throws Problem */
export async function addModel(path: string): Promise<Model> {
  return await ok(api.POST('/api/models', { body: { path } }))
}

/** Begins or resumes the download of a model. @throws Problem */
export async function pullModel(id: string): Promise<void> {
  await ok(api.POST('/api/models/{model_id}/pull', pathOf(id)))
}

/** @throws Problem */
export async function pausePull(id: string): Promise<void> {
  await ok(api.DELETE('/api/models/{model_id}/pull', pathOf(id)))
}

/** Compares a model's file with its checksum. @throws Problem */
export async function verifyModel(id: string): Promise<void> {
  await ok(api.POST('/api/models/{model_id}/verify', pathOf(id)))
}

/** @throws Problem */
export async function removeModel(id: string): Promise<void> {
  await ok(api.DELETE('/api/models/{model_id}', pathOf(id)))
}

/** @throws Problem */
export async function useModel(id: string): Promise<void> {
  await ok(api.POST('/api/engine/use', { body: { model: id } }))
}

/** Measures how fast the engine reads and writes. @throws Problem */
export async function checkEngine(): Promise<EngineCheck> {
  return await ok(api.POST('/api/engine/check'))
}

/** The sampling presets of each task. @throws Problem */
export async function samplingPresets(): Promise<Schema['PresetOut'][]> {
  return await ok(api.GET('/api/sampling'))
}

export class ModelList {
  all = $state.raw<Model[] | null>(null)

  /** Reads the list; keeps the last one while the server is away. */
  async refresh(): Promise<void> {
    try {
      this.all = await ok(api.GET('/api/models'))
    } catch (error) {
      if (!(error instanceof Problem)) throw error
    }
  }
}

/** The engine's state, with the last readings of its metrics for the charts. */
export class EngineMonitor {
  state = $state.raw<EngineState | null>(null)
  problem = $state.raw<Problem | null>(null)
  speeds = $state.raw<readonly number[]>([])
  memory = $state.raw<readonly (number | null)[]>([])
  hits = $state.raw<readonly (number | null)[]>([])
  check = $state.raw<EngineCheck | null>(null)

  async refresh(): Promise<void> {
    try {
      const state = await ok(api.GET('/api/engine'))
      this.state = state
      this.problem = null
      const { metrics } = state
      this.speeds = [...this.speeds, metrics.tokens_per_second].slice(-POINTS)
      const bytes = metrics.server_bytes + (metrics.engine_bytes ?? 0)
      this.memory = [...this.memory, bytes].slice(-POINTS)
      this.hits = [...this.hits, metrics.cache_hits].slice(-POINTS)
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      this.problem = error
    }
  }

  /** @throws Problem */
  async measure(): Promise<void> {
    this.check = await checkEngine()
  }

  /** Has another server's engine used instead. @throws Problem */
  async useAddress(url: string, name: string): Promise<void> {
    const body = { base_url: url, ...(name ? { name } : {}) }
    this.state = await ok(api.POST('/api/engine/use', { body }))
  }
}
