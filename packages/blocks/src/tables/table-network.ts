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
import { dropoutOption } from '../parts/dropout.ts'

/** Arguments of a {@link TableNetwork}. */
export interface TableNetworkArgs extends ModelArgs {
  /** How many categories each field of them has, by its name. */
  readonly categories: Readonly<Record<string, number>>
  /** Numbers that a category is told by. */
  readonly width: number
  /** Widths of the hidden layers. */
  readonly hidden: readonly number[]
  readonly dropout?: number | undefined
  /** Numbers of each output, by its name. */
  readonly outputs: Readonly<Record<string, number>>
}

/** Embeddings of categories beside numbers, and dense layers over both: a field `[batch, 1]` for each category and `numbers` `[batch, columns]`, by name, to outputs by name. */
export class TableNetwork extends Model {
  readonly embeddings: Readonly<Record<string, Layer>>
  readonly hidden: readonly Layer[]
  readonly dropout: Layer
  readonly heads: Readonly<Record<string, Layer>>
  readonly width: number

  constructor({ categories, width, hidden, dropout = 0, outputs, ...args }: TableNetworkArgs) {
    super(args)
    this.width = width
    this.embeddings = Object.fromEntries(
      Object.entries(categories).map(([name, inputDim]) => [
        name,
        layers.embedding({ inputDim, outputDim: width }),
      ]),
    )
    this.hidden = hidden.map((units) => layers.dense({ units, activation: 'relu' }))
    this.dropout = layers.dropout({ rate: dropout })
    this.heads = Object.fromEntries(
      Object.entries(outputs).map(([name, units]) => [name, layers.dense({ units })]),
    )
  }

  override call(fields: NamedTensors): NamedTensors {
    const known = Object.entries(this.embeddings).map(([name, embedding]) =>
      tf.reshape(embedding.apply(fields[name]!), [-1, this.width]),
    )
    let x: tf.Tensor = tf.concat([...known, fields.numbers!], 1)
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
    categories: z
      .record(z.string().min(1), z.int().positive())
      .describe('How many categories each field of them has, by its name.'),
    width: z.int().positive().default(8).describe('Numbers that a category is told by.'),
    hidden: z.array(z.int().positive()).default([64, 64]).describe('Widths of hidden layers.'),
    dropout: dropoutOption(),
    outputs: z
      .record(z.string().min(1), z.int().positive())
      .describe('Numbers of each output, by its name.'),
  }),
  create: (args) => new TableNetwork(args),
})
