import { writeFile } from 'node:fs/promises'
import { corePlugins, type Dataset, type Exporter, type Layer, layers, Model } from '@ashlar/core'
import { definePlugin, type Plugin, Registry } from '@ashlar/plugins'
import type * as tf from '@tensorflow/tfjs'
import { z } from 'zod'
import { points } from './points.ts'

/** One hidden layer. */
class Perceptron extends Model {
  readonly hidden: Layer
  readonly head: Layer

  constructor(units: number, numClasses: number) {
    super()
    this.hidden = layers.dense({ units, activation: 'relu' })
    this.head = layers.dense({ units: numClasses, activation: 'softmax' })
  }

  override call(x: tf.Tensor): tf.Tensor {
    return this.head.apply(this.hidden.apply(x))
  }
}

/** A model plugin. */
export const perceptron: Plugin<'model'> = definePlugin({
  kind: 'model',
  name: 'perceptron',
  description: 'One hidden layer.',
  options: z.strictObject({
    units: z.int().positive().default(8).describe('Width of the hidden layer.'),
    numClasses: z.int().positive().default(3).describe('Width of the output.'),
  }),
  create: ({ units, numClasses }) => new Perceptron(units, numClasses),
})

/** A dataset plugin: three clouds of points. */
export const clouds: Plugin<'dataset'> = definePlugin({
  kind: 'dataset',
  name: 'clouds',
  description: 'Points in three clouds.',
  options: z.strictObject({
    limit: z.int().positive().default(90).describe('Training samples.'),
  }),
  create: ({ limit }): Dataset => ({
    info: {
      name: 'clouds',
      ...points(1).info,
      classes: ['left', 'middle', 'right'],
      licence: 'none',
      source: 'made up',
    },
    load: () =>
      Promise.resolve({ train: points(limit), test: points(30, 8), digest: 'sha256:clouds' }),
  }),
})

/** An exporter plugin that writes the metadata it is given. */
export const notes: Plugin<'exporter'> = definePlugin({
  kind: 'exporter',
  name: 'notes',
  description: 'Writes metadata.',
  options: z.strictObject({ indent: z.int().min(0).default(2).describe('Spaces.') }),
  create: ({ indent }): Exporter => ({
    name: 'notes',
    async export(_, path, details) {
      await writeFile(path, JSON.stringify(details?.metadata, null, indent))
      return { path }
    },
  }),
})

/** The plugins of this package, with a model, a dataset and an exporter to try them with. */
export function testRegistry(): Registry {
  return new Registry()
    .register(corePlugins, '@ashlar/core')
    .register([perceptron, clouds, notes], 'tests')
}
