// What the tests train: quick to compile, and loaded as the plugins of others are.
import {
  type Callback,
  type Dataset,
  definePlugin,
  type Engine,
  type Layer,
  layers,
  Model,
  type Plugin,
  tfjsEngine,
} from '@ashlar/core'
import type { Tensor } from '@tensorflow/tfjs'
import { z } from 'zod'

const CLASSES = ['left', 'middle', 'right']

class Perceptron extends Model {
  readonly hidden: Layer
  readonly classifier: Layer

  constructor(units: number) {
    super()
    this.hidden = layers.dense({ units, activation: 'relu' })
    this.classifier = layers.dense({ units: CLASSES.length, activation: 'softmax' })
  }

  override call(x: Tensor): Tensor {
    return this.classifier.apply(this.hidden.apply(x))
  }
}

const perceptron = definePlugin({
  kind: 'model',
  name: 'perceptron',
  description: 'One hidden layer.',
  options: z.strictObject({
    units: z.int().positive().default(8).describe('Width of the hidden layer.'),
  }),
  create: ({ units }) => new Perceptron(units),
})

/** A model that cannot be built: its block gets one channel and is to have four. */
class Misfit extends Model {
  readonly block: Model
  readonly pool: Layer = layers.globalAveragePooling2d()

  constructor(block: Model) {
    super()
    this.block = block
  }

  override call(x: Tensor): Tensor {
    return this.pool.apply(this.block.apply(x))
  }
}

const misfit = definePlugin({
  kind: 'model',
  name: 'misfit',
  description: 'An identity block whose width changes.',
  options: z.strictObject({}),
  create: (_, context) => new Misfit(context.factory('block', 'identity')({ filters: 4 })),
})

/** Three clouds of points, always the same. */
function points(length: number) {
  const inputs = Float32Array.from({ length: length * 4 }, (_, i) => {
    const row = Math.floor(i / 4)
    return (i % 4 === row % 3 ? 1.5 : 0) + Math.sin(i * 12.9898) / 2
  })
  return { inputs, labels: Uint8Array.from({ length }, (_, row) => row % 3), length }
}

const clouds = definePlugin({
  kind: 'dataset',
  name: 'clouds',
  description: 'Points in three clouds.',
  options: z.strictObject({
    limit: z.int().positive().default(90).describe('Training samples.'),
  }),
  create: ({ limit }): Dataset => ({
    info: {
      name: 'clouds',
      inputShape: [4],
      labelShape: [],
      inputDtype: 'float32',
      inputRange: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
      classes: CLASSES,
      licence: 'none',
      source: 'made up',
    },
    load: () =>
      Promise.resolve({ train: points(limit), test: points(30), digest: `sha256:${limit}` }),
  }),
})

/** Of all folds. */
let epochsOfProcess = 0

const sleeper = definePlugin({
  kind: 'callback',
  name: 'sleeper',
  description: 'Sleeps for ever after as many epochs as the environment says; see sleepAfter.',
  options: z.strictObject({}),
  create: (): Callback => ({
    name: 'sleeper',
    async onEpochEnd() {
      epochsOfProcess++
      if (String(epochsOfProcess) !== process.env.ASHLAR_TEST_SLEEP_AFTER) return
      process.stdout.write('asleep\n')
      await new Promise((resolve) => setTimeout(resolve, 1e9))
    },
  }),
})

/** Of the whole process. */
let runs = 0

/** Takes a run's time: so many milliseconds, in one turn of the event loop or in many. */
async function pass(milliseconds: number, isBlocking: boolean): Promise<void> {
  if (isBlocking) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)
  else await new Promise((resolve) => setTimeout(resolve, milliseconds))
}

const sluggish = definePlugin({
  kind: 'engine',
  name: 'sluggish',
  description:
    'The engine tfjs, with runs that take as long as the environment says; see slowRuns.',
  options: z.strictObject({}),
  create(): Engine {
    const engine = tfjsEngine()
    const { at = [], isBlocking = false } = JSON.parse(process.env.ASHLAR_TEST_SLOW_RUNS ?? '{}')
    return {
      name: 'sluggish',
      async open(variables, options) {
        const session = await engine.open(variables, options)
        const prepare: typeof session.prepare = (program) => {
          const prepared = session.prepare(program)
          return {
            ...prepared,
            async run(batchSize, feeds) {
              const milliseconds = at[runs++] ?? 0
              if (milliseconds > 0) process.stdout.write(`run ${runs} begins\n`)
              await pass(milliseconds, isBlocking)
              return prepared.run(batchSize, feeds)
            },
          }
        }
        return { ...session, prepare }
      },
    }
  },
})

export const plugins: readonly Plugin[] = [perceptron, misfit, clouds, sleeper, sluggish]
