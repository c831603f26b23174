/** The system's state from the server's event stream: jobs, models, engine, metrics. */

import { api, COPY_READ, ok } from '../api/client'
import type { JobOut, Schema } from '../api/types'
import { type Connection, follow } from '../api/sse'

/** The stream sends the metrics separately, because they change all the time. */
export type Engine = Omit<Schema['EngineState'], 'metrics'>

interface System {
  jobs: JobOut[]
  models: Schema['ModelOut'][]
  engine: Engine | null
  metrics: Schema['MetricsOut'] | null
  connection: Connection
  /** When the displayed offline copy was stored, in seconds since 1970. */
  copied: number | null
}

const state = $state<System>({
  jobs: [],
  models: [],
  engine: null,
  metrics: null,
  connection: 'connecting',
  copied: null,
})
addEventListener(COPY_READ, (event) => {
  state.copied = Number((event as CustomEvent).detail)
})
let end: (() => void) | null = null

export function system(): Readonly<System> {
  return state
}

/** Starts following the system, unless it is followed already. */
export function followSystem(): void {
  end ??= follow(
    '/api/events',
    '',
    ({ name, data }) => {
      if (name === 'jobs') state.jobs = data as JobOut[]
      else if (name === 'models') state.models = data as Schema['ModelOut'][]
      else if (name === 'engine') state.engine = data as Engine
      else if (name === 'metrics') state.metrics = data as Schema['MetricsOut']
    },
    (connection) => {
      state.connection = connection
      if (connection === 'live') state.copied = null
    },
  )
}

/** @throws Problem */
export async function controlJob(id: string, action: 'pause' | 'cancel' | 'resume'): Promise<void> {
  await ok(api.POST(`/api/jobs/{job_id}/${action}`, { params: { path: { job_id: id } } }))
}

export function leaveSystem(): void {
  end?.()
  end = null
}
