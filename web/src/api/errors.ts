/** Refusals by the server, as an exception that carries the sentence for the user. */

import { locale } from '../i18n/locale.svelte'

/** What the server refused, in the user's words; `status` is 0 when it could not be reached. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly remedy = '',
    readonly more: Record<string, unknown> = {},
  ) {
    super(remedy ? `${detail} ${remedy}` : detail)
    this.name = 'Problem'
  }
}

export function problem(status: number, body: unknown): Problem {
  const { code, detail, remedy, ...more } = (body ?? {}) as Record<string, unknown>
  return new Problem(
    status,
    typeof code === 'string' ? code : 'Http',
    typeof detail === 'string' ? detail : `HTTP ${status}`,
    typeof remedy === 'string' ? remedy : '',
    more,
  )
}

export function unreachable(): Problem {
  return locale() === 'zh'
    ? new Problem(
        0,
        'Unreachable',
        '无法连接服务器。',
        '内容已保存在本浏览器中，连接恢复后会自动同步。',
      )
    : new Problem(
        0,
        'Unreachable',
        'The server cannot be reached.',
        'Your text is saved in this browser and sent when the connection is back.',
      )
}
