/** Names for the types that the server's OpenAPI document defines. */

import type { components } from './schema'

export type Schema = components['schemas']
export type DocumentOut = Schema['DocumentOut']
export type SectionOut = Schema['SectionOut']
export type JobOut = Schema['JobOut']
