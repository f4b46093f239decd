import { type DatasetInfo, definePlugin, type Plugin } from '@ashlar/core'
import { z } from 'zod'
import { MADE, madeDataset, madeShape } from './made-dataset.ts'

/** `waves` as a plugin. */
export const waves: Plugin<'dataset'> = definePlugin({
  kind: 'dataset',
  name: 'waves',
  description: 'Series of two waves and noise, to say what comes next; made by code.',
  options: z.strictObject({
    steps: z.int().min(4).default(48).describe('Steps of a series.'),
    noise: z.number().min(0).default(0.05).describe('Deviation of the noise.'),
    ...madeShape(3000, 600),
  }),
  create({ steps, noise, ...options }, { seed }) {
    const info: DatasetInfo = {
      name: 'waves',
      inputShape: [steps, 1],
      labelShape: [1],
      inputDtype: 'float32',
      inputRange: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
      classes: [],
      targets: ['next'],
      ...MADE,
    }
    return madeDataset(info, options, seed, (length, random) => {
      const inputs = new Float32Array(length * steps)
      const labels = new Float32Array(length)
      for (let row = 0; row < length; row++) {
        const waves = [0, 1].map(() => ({
          height: 0.4 + 0.6 * random.next(),
          speed: 0.15 + 0.6 * random.next(),
          begin: 2 * Math.PI * random.next(),
        }))
        const at = (step: number) =>
          waves.reduce(
            (sum, { height, speed, begin }) => sum + height * Math.sin(speed * step + begin),
            0,
          )
        for (let step = 0; step < steps; step++) {
          inputs[row * steps + step] = at(step) + noise * random.normal()
        }
        labels[row] = at(steps)
      }
      return { inputs, labels, length }
    })
  },
})
