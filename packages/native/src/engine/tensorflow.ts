import { definePlugin, type Engine, type Plugin, tfjsEngine } from '@ashlar/core'
import { z } from 'zod'
import { loadTensorflow } from '../load/load-tensorflow.ts'

/**
 * Runs programs eagerly on TensorFlow's own kernels, once they are installed (`ashlar native install`). The tfjs backend stays
 * what it is for everything else.
 *
 * @throws EngineError when it is opened and TensorFlow native is not installed, or does not load.
 */
export function tensorflowEngine(): Engine {
  const eager = tfjsEngine({ backend: 'tensorflow' })
  return {
    name: 'tensorflow',
    async open(variables) {
      await loadTensorflow()
      return eager.open(variables)
    },
  }
}

/** `tensorflow` as a plugin. */
export const tensorflowPlugin: Plugin<'engine'> = definePlugin({
  kind: 'engine',
  name: 'tensorflow',
  description: "Eager execution on TensorFlow's own kernels; ashlar native install brings them.",
  options: z.strictObject({}),
  create: () => tensorflowEngine(),
})

/** All plugins of this package. */
export const nativePlugins: readonly Plugin[] = [tensorflowPlugin]
