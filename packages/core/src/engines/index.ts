import type { Plugin } from '@ashlar/plugins'
import { onnxruntimePlugin } from './onnxruntime.ts'
import { tfjsPlugin } from './tfjs.ts'

/** The engines of this package, the default first. */
export const enginePlugins: readonly Plugin<'engine'>[] = [onnxruntimePlugin, tfjsPlugin]
