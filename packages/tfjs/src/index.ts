// As @tensorflow/tfjs is made, of the same parts: whoever has that as well has one TensorFlow.js with two entrances.

// First: what is loaded first makes the engine, and that must not be what is bundled here.
import { version_core } from '@tensorflow/tfjs-core'
// Gradients and chained operations are in no entrance of tfjs-core: its files are bundled.
import '@tensorflow/tfjs-core/dist/register_all_gradients.js'
import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js'
import { version_cpu } from '@tensorflow/tfjs-backend-cpu'
import { version_converter } from '@tensorflow/tfjs-converter'
import * as data from '@tensorflow/tfjs-data'
import { version_layers } from '@tensorflow/tfjs-layers'

export * from '@tensorflow/tfjs-backend-cpu'
export * from '@tensorflow/tfjs-converter'
export * from '@tensorflow/tfjs-core'
export * from '@tensorflow/tfjs-layers'
export { data }

/** Versions of the parts; `tfjs` is that of the package which this one stands for. */
export const version: Readonly<Record<string, string>> = {
  'tfjs-core': version_core,
  'tfjs-backend-cpu': version_cpu,
  'tfjs-data': data.version_data,
  'tfjs-layers': version_layers,
  'tfjs-converter': version_converter,
  tfjs: version_core,
}
