import type { Model } from '@ashlar/core'

/** Equal blocks in a row. */
export interface Stage {
  /** Name of a block plugin. */
  readonly block: string
  readonly repeats: number
  /** Options of the block. */
  readonly options: { readonly filters: number; readonly [option: string]: unknown }
}

/** Makes a block of the name and options that a stage gives. */
export type BlockFactory = (block: string, options: Stage['options']) => Model
