import { expect, it } from 'vitest'
import { oldShells, strategyFor } from '../../src/sync/offline'

const HERE = 'http://127.0.0.1:8765'
const asked = (path: string, { method = 'GET', mode = 'cors', accept = '*/*' } = {}) =>
  strategyFor(method, path.startsWith('http') ? path : HERE + path, HERE, mode, accept)
const ID = '0123456789abcdef0123456789abcdef'

it('keeps the page, its parts and what was read', () => {
  expect(asked('/', { mode: 'navigate' })).toBe('page')
  expect(asked('/assets/index-abc.js')).toBe('asset')
  expect(asked('/icon.svg')).toBe('asset')
  for (const path of ['/api/me', '/api/documents', `/api/documents/${ID}`]) {
    expect(asked(path)).toBe('copy')
  }
})

it('touches no stream, no change, no other server and nothing else of ours', () => {
  const stream = { accept: 'text/event-stream' }
  expect(asked(`/api/documents/${ID}`, stream)).toBe('pass')
  expect(asked(`/api/documents/${ID}/events`)).toBe('pass')
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
    expect(asked('/api/documents', { method })).toBe('pass')
  }
  for (const path of ['/api/keys', '/api/backup', '/api/documents?deleted=true', '/metrics']) {
    expect(asked(path)).toBe('pass')
  }
  expect(asked('https://example.com/api/me')).toBe('pass')
  expect(asked(`/api/documents/${ID}/preview`, { mode: 'navigate' })).toBe('pass')
})

it('keeps the shell of the build before, for tabs that are still open', () => {
  const names = ['xiezuo-copies', 'xiezuo-shell-a', 'xiezuo-shell-b', 'xiezuo-shell-c']
  expect(oldShells(names, 'c')).toEqual(['xiezuo-shell-a'])
  expect(oldShells(['xiezuo-shell-c'], 'c')).toEqual([])
})
