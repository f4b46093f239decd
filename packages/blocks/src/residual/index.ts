import type { Plugin } from '@ashlar/core'
import { identity } from './identity-block.ts'
import { projection } from './projection-block.ts'

/** The blocks of this package. */
export const blockPlugins: readonly Plugin<'block'>[] = [identity, projection]
