/** The linter's rules with their pages, read once for each language when they are first wanted. */

import { api, ok } from '../api/client'
import type { Schema } from '../api/types'
import { locale } from '../i18n/locale.svelte'

export type Rule = Schema['RuleOut']
const known = new Map<string, Promise<ReadonlyMap<string, Rule>>>()

export function rules(): Promise<ReadonlyMap<string, Rule>> {
  const language = locale()
  const asked =
    known.get(language) ??
    ok(api.GET('/api/rules')).then((all) => new Map(all.map((rule) => [rule.code, rule])))
  known.set(language, asked)
  asked.catch(() => known.delete(language))
  return asked
}
