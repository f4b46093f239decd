// What the tests of sweeps train: quick to compile.
import { appendFileSync } from 'node:fs'
import {
  type Callback,
  corePlugins,
  type Dataset,
  definePlugin,
  type Layer,
  layers,
  Model,
  type Plugin,
} from '@ashlar/core'
import { Registry } from '@ashlar/plugins'
import type { Tensor } from '@tensorflow/tfjs'
import { z } from 'zod'
import { type Launcher, performTask, sweepPlugins, type TaskResult } from '../../src/index.ts'

class Perceptron extends Model {
  readonly hidden: Layer
  readonly classifier: Layer

  constructor(units: number) {
    super()
    this.hidden = layers.dense({ units, activation: 'relu' })
    this.classifier = layers.dense({ units: 3, activation: 'softmax' })
  }

  override call(x: Tensor): Tensor {
    return this.classifier.apply(this.hidden.apply(x))
  }
}

const perceptron = definePlugin({
  kind: 'model',
  name: 'perceptron',
  description: 'One hidden layer.',
  options: z.strictObject({ units: z.int().positive().default(4).describe('Width.') }),
  create: ({ units }) => new Perceptron(units),
})

function points(length: number, from: number) {
  const inputs = Float32Array.from({ length: length * 4 }, (_, i) => {
    const row = Math.floor(i / 4)
    return (i % 4 === row % 3 ? 1.2 : 0) + Math.sin((i + from) * 12.9898) / 2
  })
  return { inputs, labels: Uint8Array.from({ length }, (_, row) => row % 3), length }
}

const clouds = definePlugin({
  kind: 'dataset',
  name: 'clouds',
  description: 'Points in three clouds.',
  options: z.strictObject({
    limit: z.int().positive().default(48).describe('Training samples.'),
    digest: z.string().default('one').describe('What tells its bytes from others.'),
  }),
  create: ({ limit, digest }): Dataset => ({
    info: {
      name: 'clouds',
      inputShape: [4],
      labelShape: [],
      inputDtype: 'float32',
      inputRange: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
      classes: ['left', 'middle', 'right'],
      licence: 'none',
      source: 'made up',
    },
    load: async () => ({
      train: points(limit, 0),
      validation: points(24, 1000),
      test: points(24, 2000),
      digest: `sha256:${digest}${process.env.ASHLAR_TEST_DATA ?? ''}-${limit}`,
    }),
  }),
})

const trouble = definePlugin({
  kind: 'callback',
  name: 'trouble',
  description: 'Does what a trial should not do, in its second epoch.',
  options: z.strictObject({
    what: z
      .enum(['nothing', 'throw', 'exit', 'hang', 'full', 'stop'])
      .default('nothing')
      .describe('What.'),
    note: z.string().default('').describe('Told here of each epoch.'),
    wait: z.number().default(0).describe('Milliseconds of each epoch.'),
  }),
  create: ({ what, note, wait }): Callback => ({
    name: 'trouble',
    async onEpochEnd({ epoch }, run) {
      if (note !== '') appendFileSync(note, `${epoch}\n`)
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait))
      if (epoch !== 1) return
      if (what === 'throw') throw new RangeError('thrown on purpose')
      if (what === 'exit') {
        process.stderr.write('going down\n')
        process.exit(7)
      }
      if (what === 'full') {
        throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })
      }
      if (what === 'hang') await new Promise((resolve) => setTimeout(resolve, 1e9))
      if (what === 'stop') run.stop('good enough')
    },
  }),
})

/** Trials in this process, one after the other, though it takes two at once. */
const inline = definePlugin({
  kind: 'launcher',
  name: 'inline',
  description: 'This process.',
  options: z.strictObject({
    backwards: z.boolean().default(false).describe('The second of two first.'),
    twice: z.boolean().default(false).describe('Every result is told twice.'),
  }),
  create: ({ backwards, twice }): Launcher => ({
    name: 'inline',
    isRemote: false,
    check: async () => undefined,
    async open({ folder }) {
      const stop = new AbortController()
      let last: Promise<unknown> = Promise.resolve()
      return {
        capacity: 2,
        threads: 1,
        async start(tasks, { epoch, ended }) {
          for (const task of backwards ? [...tasks].reverse() : tasks) {
            last = last
              .then(
                (): Promise<TaskResult> =>
                  performTask(task, {
                    ...{ registry: registry(), folder, signal: stop.signal },
                    onEpoch: (log) => epoch(task, log),
                  }),
              )
              .then((result) => {
                ended(result)
                if (twice) ended(result)
              })
          }
        },
        stop: async () => stop.abort(),
        end: async () => undefined,
      }
    },
  }),
})

const tinyPlugins: readonly Plugin[] = [perceptron, clouds, trouble, inline]

/** All plugins that the tests may name. */
export function registry(): Registry {
  return new Registry()
    .register(corePlugins, '@ashlar/core')
    .register(sweepPlugins, '@ashlar/sweep')
    .register(tinyPlugins, 'the tests')
}
