import { describe, expect, it } from 'vitest'
import { nameOf } from '../../src/api/files'

describe('the name of a file', () => {
  it('is the one that the server says', () => {
    const both = `attachment; filename="document.md"; filename*=UTF-8''%E8%8C%B6.md`
    expect(nameOf(both)).toBe('茶.md')
    expect(nameOf('attachment; filename="xiezuo.backup"')).toBe('xiezuo.backup')
    expect(nameOf(`attachment; filename*=UTF-8''%E8%`)).toBe('%E8%')
    expect(nameOf('')).toBe('document')
  })
})
