/** Hands the open document to the views below it. */

import { createContext } from 'svelte'
import type { OpenDocument } from '../sync/document.svelte'

export const [openDocument, setOpenDocument] = createContext<OpenDocument>()
