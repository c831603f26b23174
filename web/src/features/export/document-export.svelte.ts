/** A document as files, as text for the clipboard, and as a preview. */

import { api, ok } from '../../api/client'
import { Problem } from '../../api/errors'
import { download } from '../../api/files'
import type { Schema } from '../../api/types'
import { type Format, plainHtml, styled } from '../../document/export'

export class DocumentExport {
  readonly #params: { path: { document_id: string } }

  constructor(id: string) {
    this.#params = { path: { document_id: id } }
  }

  /**
   * Saves the document as a file.
   *
   * @returns the file's name.
   * @throws Problem
   */
  async save(kind: Format, frontMatter: boolean): Promise<string> {
    const query = kind === 'md' ? { front_matter: frontMatter } : {}
    const params = { path: { ...this.#params.path, kind }, query }
    return await download(
      api.GET('/api/documents/{document_id}/export/{kind}', { params, parseAs: 'blob' }),
    )
  }

  /** Saves the code blocks as files in an archive; returns its name. @throws Problem */
  async saveCode(): Promise<string> {
    const params = this.#params
    return await download(
      api.GET('/api/documents/{document_id}/code.zip', { params, parseAs: 'blob' }),
    )
  }

  /** The Markdown of the document. @throws Problem */
  async text(): Promise<string> {
    const params = this.#params
    return String(
      await ok(api.GET('/api/documents/{document_id}/text', { params, parseAs: 'text' })),
    )
  }

  /** The page that the preview shows. @throws Problem */
  async page(): Promise<string> {
    const params = this.#params
    return String(
      await ok(api.GET('/api/documents/{document_id}/preview', { params, parseAs: 'text' })),
    )
  }

  /** HTML whose styles stand in its elements, for word processors. @throws Problem */
  async richText(): Promise<string> {
    const html = plainHtml(await this.page())
    return styled(new DOMParser().parseFromString(html, 'text/html').body)
  }

  /** Pictures of the printed pages. @throws Problem */
  async pages(): Promise<Schema['PagesOut']> {
    const params = this.#params
    return await ok(api.GET('/api/documents/{document_id}/pages', { params }))
  }
}

export const PREVIEWS = ['page', 'pages', 'source'] as const
export type PreviewKind = (typeof PREVIEWS)[number]

/** What the preview shows: a page in a frame, pictures of pages, or the Markdown. */
export class ExportPreview {
  kind = $state<PreviewKind>('page')
  pages = $state.raw<Schema['PagesOut'] | null>(null)
  source = $state<string | null>(null)
  problem = $state.raw<Problem | null>(null)
  /** Whether the server has the page that the frame will ask for. */
  framed = $state(false)

  async show(document: DocumentExport, kind: PreviewKind): Promise<void> {
    this.kind = kind
    this.problem = null
    this.framed = false
    this.pages = null
    this.source = null
    try {
      if (kind === 'pages') this.pages = await document.pages()
      else if (kind === 'source') this.source = await document.text()
      else {
        // The frame shows whatever it is answered, so ask first whether there is a refusal.
        await document.page()
        this.framed = true
      }
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      this.problem = error
    }
  }
}
