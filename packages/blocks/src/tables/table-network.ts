import {
  definePlugin,
  type Layer,
  layers,
  Model,
  type ModelArgs,
  type NamedTensors,
  type Plugin,
} from '@ashlar/core'
import * as tf from '@tensorflow/tfjs'
import { z } from 'zod'

/** Arguments of a {@link TableNetwork}. */
export interface TableNetworkArgs extends ModelArgs {
  /** How many categories each column of them has. */
  readonly vocabularies: readonly number[]
  /** Numbers that a category is told by. */
  readonly width: number
  /** Widths of the hidden layers. */
  readonly hidden: readonly number[]
  readonly dropout?: number | undefined
  /** Numbers of each output, by its name. */
  readonly outputs: Readonly<Record<string, number>>
}

/** Embeddings of categories beside numbers, and dense layers over both: `{ categories [batch, columns], numbers [batch, columns] }` to outputs by name. */
export class TableNetwork extends Model {
  readonly embeddings: readonly Layer[]
  readonly hidden: readonly Layer[]
  readonly dropout: Layer
  readonly heads: Readonly<Record<string, Layer>>
  readonly width: number

  constructor({ vocabularies, width, hidden, dropout = 0, outputs, ...args }: TableNetworkArgs) {
    super(args)
    this.width = width
    this.embeddings = vocabularies.map((inputDim) =>
      layers.embedding({ inputDim, outputDim: width }),
    )
    this.hidden = hidden.map((units) => layers.dense({ units, activation: 'relu' }))
    this.dropout = layers.dropout({ rate: dropout })
    this.heads = Object.fromEntries(
      Object.entries(outputs).map(([name, units]) => [name, layers.dense({ units })]),
    )
  }

  override call({
    categories,
    numbers,
  }: Readonly<Record<'categories' | 'numbers', tf.Tensor>>): NamedTensors {
    const columns = tf.split(categories, this.embeddings.length, 1)
    const known = this.embeddings.map((embedding, column) =>
      tf.reshape(embedding.apply(columns[column]!), [-1, this.width]),
    )
    let x: tf.Tensor = tf.concat([...known, numbers], 1)
    for (const layer of this.hidden) x = this.dropout.apply(layer.apply(x))
    return Object.fromEntries(
      Object.entries(this.heads).map(([name, head]) => [name, head.apply(x)] as const),
    )
  }
}

/** `table-network` as a plugin. */
export const tableNetwork: Plugin<'model'> = definePlugin({
  kind: 'model',
  name: 'table-network',
  description: 'Embeddings of categories beside numbers, and an output for each thing to tell.',
  options: z.strictObject({
    vocabularies: z
      .array(z.int().positive())
      .min(1)
      .describe('How many categories each column of them has.'),
    width: z.int().positive().default(8).describe('Numbers that a category is told by.'),
    hidden: z.array(z.int().positive()).default([64, 64]).describe('Widths of hidden layers.'),
    dropout: z.number().min(0).lt(1).default(0).describe('Part that is left out in training.'),
    outputs: z
      .record(z.string().min(1), z.int().positive())
      .describe('Numbers of each output, by its name.'),
  }),
  create: (args) => new TableNetwork(args),
})
