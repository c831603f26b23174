/** Exports of a document: files, text for the clipboard, and previews. */

import { api, ok } from '../../api/client'
import { Problem } from '../../api/errors'
import { download } from '../../api/files'
import type { paths } from '../../api/schema'
import type { Schema } from '../../api/types'
import { exportFormats, type Format, plainHtml, styled } from '../../document/export'
import type { Locale } from '../../i18n/locale.svelte'

const EXPORT_PATH = '/api/documents/{document_id}/export/{kind}'
type Kind = paths[typeof EXPORT_PATH]['get']['parameters']['path']['kind']

/** The export formats of the server, with names and remedies in `language`. @throws Problem */
export async function readExportFormats(language: Locale): Promise<Format[]> {
  const headers = { 'Accept-Language': language }
  return exportFormats(await ok(api.GET('/api/formats', { headers })))
}

export class DocumentExport {
  readonly #params: { path: { document_id: string } }

  constructor(id: string) {
    this.#params = { path: { document_id: id } }
  }

  /**
   * Saves the document as a file; `frontMatter` matters for Markdown only.
   *
   * @returns the file's name.
   * @throws Problem
   */
  async save(format: Format, frontMatter: boolean): Promise<string> {
    const query = format.id === 'md' ? { front_matter: frontMatter } : {}
    const kind = format.id as Kind // the server exports every format that it lists
    const params = { path: { ...this.#params.path, kind }, query }
    return await download(api.GET(EXPORT_PATH, { params, parseAs: 'blob' }))
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

  /** HTML with inline styles, for word processors. @throws Problem */
  async richText(): Promise<string> {
    const html = plainHtml(await this.page())
    return styled(new DOMParser().parseFromString(html, 'text/html').body)
  }

  /** Images of the printed pages. @throws Problem */
  async pages(): Promise<Schema['PagesOut']> {
    const params = this.#params
    return await ok(api.GET('/api/documents/{document_id}/pages', { params }))
  }
}

export const PREVIEWS = ['page', 'pages', 'source'] as const
export type PreviewKind = (typeof PREVIEWS)[number]

/** The content of the preview: a page in a frame, images of pages, or the Markdown. */
export class ExportPreview {
  kind = $state<PreviewKind>('page')
  pages = $state.raw<Schema['PagesOut'] | null>(null)
  source = $state<string | null>(null)
  problem = $state.raw<Problem | null>(null)
  /** Whether the server can render the page that the frame will request. */
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
        // The frame would show an error response as a page, so check for one first.
        await document.page()
        this.framed = true
      }
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      this.problem = error
    }
  }
}
