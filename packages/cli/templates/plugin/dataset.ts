import {
  type ArraySplit,
  type Dataset,
  type DatasetInfo,
  definePlugin,
  type Plugin,
} from '@ashlar/core'
import { buildSplits, splitShape } from '@ashlar/datasets'
import { z } from 'zod'

const info: DatasetInfo = {
  name: 'sample-plugin',
  inputShape: [2],
  labelShape: [],
  inputDtype: 'float32',
  inputRange: [-1, 1],
  classes: ['inside', 'outside'],
  licence: 'CC0-1.0',
  source: 'Made up.',
}

/** Points of the square from -1 to 1, and whether they lie in a circle of half its area. Always the same ones. */
function points(length: number, offset: number): ArraySplit {
  const inputs = new Float32Array(length * 2)
  const labels = new Uint8Array(length)
  for (let row = 0; row < length; row++) {
    // A sequence that fills the square evenly: multiples of the plastic number's powers.
    const x = 2 * ((0.7548776662 * (row + offset)) % 1) - 1
    const y = 2 * ((0.569840291 * (row + offset)) % 1) - 1
    inputs.set([x, y], row * 2)
    labels[row] = x * x + y * y < 2 / Math.PI ? 0 : 1
  }
  return { inputs, labels, length }
}

/** The dataset under a name, with options that experiments can set. */
export const samplePlugin: Plugin<'dataset'> = definePlugin({
  kind: 'dataset',
  name: 'sample-plugin',
  description: 'Points inside and outside of a circle.',
  // limit, testLimit and validation, as every dataset has them.
  options: z.strictObject({ ...splitShape }),
  create: (options, { seed }): Dataset => ({
    info,
    load: async () =>
      buildSplits(info, { train: points(1000, 1), test: points(200, 1001) }, options, seed),
  }),
})

/** What experiments get when they name this package. */
export const plugins: readonly Plugin[] = [samplePlugin]
