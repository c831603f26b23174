/** The linter's rules with their documentation, loaded once per language on first use. */

import { api, ok } from '../api/client'
import type { Schema } from '../api/types'
import { locale } from '../i18n/locale.svelte'

export type Rule = Schema['RuleOut']
const cache = new Map<string, Promise<ReadonlyMap<string, Rule>>>()

export function rules(): Promise<ReadonlyMap<string, Rule>> {
  const language = locale()
  const request =
    cache.get(language) ??
    ok(api.GET('/api/rules')).then((all) => new Map(all.map((rule) => [rule.code, rule])))
  cache.set(language, request)
  request.catch(() => cache.delete(language))
  return request
}
