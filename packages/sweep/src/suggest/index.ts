import type { Plugin } from '@ashlar/plugins'
import { gridPlugin } from './grid.ts'
import { randomPlugin } from './random.ts'
import { sobolPlugin } from './sobol.ts'
import { tpePlugin } from './tpe.ts'

/** All suggesters of this package. */
export const suggesterPlugins: readonly Plugin<'suggester'>[] = [
  gridPlugin,
  randomPlugin,
  sobolPlugin,
  tpePlugin,
]
