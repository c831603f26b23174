/** The settings that the server keeps: password, API keys, backup. */

import { api, ok } from '../../api/client'
import { download } from '../../api/files'
import type { Schema } from '../../api/types'

export type About = Schema['AboutOut']
export type ApiKey = Schema['KeyOut']
export type Scope = Schema['KeyIn']['scopes'][number]

/** @throws Problem */
export async function about(): Promise<About> {
  return await ok(api.GET('/api/about'))
}

/** @throws Problem */
export async function changePassword(old: string, fresh: string): Promise<void> {
  await ok(api.PUT('/api/password', { body: { old, new: fresh } }))
}

/** @throws Problem */
export async function listKeys(): Promise<ApiKey[]> {
  return await ok(api.GET('/api/keys'))
}

/** Makes a key; returns its token, which the server shows this once. @throws Problem */
export async function createKey(name: string, scopes: Scope[]): Promise<string> {
  return (await ok(api.POST('/api/keys', { body: { name, scopes } }))).token
}

/** @throws Problem */
export async function deleteKey(key_id: string): Promise<void> {
  await ok(api.DELETE('/api/keys/{key_id}', { params: { path: { key_id } } }))
}

/** Saves a backup of the database; returns the file's name. @throws Problem */
export async function saveBackup(): Promise<string> {
  return await download(api.GET('/api/backup', { parseAs: 'blob' }))
}
