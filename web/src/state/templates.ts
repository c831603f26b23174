/** The user's templates and those that ship with the server. */

import { api, ok } from '../api/client'
import type { Schema } from '../api/types'
import type { Brief } from '../document/brief'

export type Template = Schema['TemplateOut']

export async function listTemplates(): Promise<Template[]> {
  return await ok(api.GET('/api/templates'))
}

/** @throws Problem */
export async function saveTemplate(name: string, brief: Brief): Promise<Template> {
  return await ok(api.POST('/api/templates', { body: { name, brief } }))
}

/** @throws Problem */
export async function deleteTemplate(id: string): Promise<void> {
  await ok(api.DELETE('/api/templates/{template_id}', { params: { path: { template_id: id } } }))
}
