import {
  definePlugin,
  fromData,
  type Layer,
  layers,
  Model,
  type ModelArgs,
  type NamedTensors,
  type Plugin,
  scaledToTargets,
  type TargetScale,
} from '@ashlar/core'
import * as tf from '@tensorflow/tfjs'
import { z } from 'zod'
import { dropoutOption } from '../parts/dropout.ts'
import { type EndArgs, endShape, OUTPUTS } from '../parts/output.ts'

/** Arguments of a {@link TableNetwork}. */
export interface TableNetworkArgs extends ModelArgs, EndArgs {
  /** How many values each input of indices has, by its name; all other inputs are numbers. */
  readonly categories: Readonly<Record<string, number>>
  /** Numbers that a category is told by. */
  readonly width: number
  /** Widths of the hidden layers. */
  readonly hidden: readonly number[]
  readonly dropout?: number | undefined
  /** Numbers of each output, by its name; or of the only one, which has no name. */
  readonly outputs: number | Readonly<Record<string, number>>
}

/** Embeddings of categories beside numbers, and dense layers over both: an input `[batch, 1]` for each category and others `[batch, columns]` of numbers, by name, to outputs `[batch, numbers]`. One input without a name is numbers. */
export class TableNetwork extends Model {
  readonly embeddings: Readonly<Record<string, Layer>>
  readonly hidden: readonly Layer[]
  readonly dropout: Layer
  readonly heads: Readonly<Record<string, Layer>>
  readonly width: number
  readonly isNamed: boolean
  readonly #targetScale: TargetScale | undefined

  constructor({
    categories,
    width,
    hidden,
    dropout = 0,
    outputs,
    targetScale,
    ...args
  }: TableNetworkArgs) {
    super(args)
    this.#targetScale = targetScale
    this.width = width
    this.embeddings = Object.fromEntries(
      Object.entries(categories).map(([name, inputDim]) => [
        name,
        layers.embedding({ inputDim, outputDim: width }),
      ]),
    )
    this.hidden = hidden.map((units) => layers.dense({ units, activation: 'relu' }))
    this.dropout = layers.dropout({ rate: dropout })
    this.isNamed = typeof outputs !== 'number'
    const named = typeof outputs === 'number' ? { output: outputs } : outputs
    this.heads = Object.fromEntries(
      Object.entries(named).map(([name, units]) => [name, layers.dense({ units })]),
    )
  }

  override call(fields: tf.Tensor | NamedTensors): tf.Tensor | NamedTensors {
    const given = fields instanceof tf.Tensor ? { numbers: fields } : fields
    const parts = Object.entries(given).map(([name, field]) => {
      const embedding = this.embeddings[name]
      if (embedding === undefined) return field
      const columns = field.shape[1] ?? 1
      return tf.reshape(embedding.apply(field), [-1, columns * this.width])
    })
    let x: tf.Tensor = parts.length === 1 ? parts[0]! : tf.concat(parts, 1)
    for (const layer of this.hidden) x = this.dropout.apply(layer.apply(x))
    const found = Object.entries(this.heads).map(([name, head]) => [name, head.apply(x)] as const)
    if (this.isNamed) return Object.fromEntries(found)
    return scaledToTargets(found[0]![1], this.#targetScale)
  }
}

/** `table-network` as a plugin. */
export const tableNetwork: Plugin<'model'> = definePlugin({
  kind: 'model',
  name: 'table-network',
  description: 'Embeddings of categories beside numbers, and an output for each thing to tell.',
  options: z.strictObject({
    categories: fromData(z.record(z.string().min(1), z.int().positive()), 'categories').describe(
      'How many values each input of indices has, by its name; left out, what the data says of its int32 inputs. All other inputs are numbers.',
    ),
    width: z.int().positive().default(8).describe('Numbers that a category is told by.'),
    hidden: z.array(z.int().positive()).default([64, 64]).describe('Widths of hidden layers.'),
    dropout: dropoutOption(),
    outputs: fromData(z.record(z.string().min(1), z.int().positive()), 'namedOutputs').describe(
      'Numbers of each of several outputs, by its name; left out, what the data asks for.',
    ),
    // Of the only output, where it has no name.
    ...endShape(),
  }),
  create: ({ categories = {}, outputs, numClasses = OUTPUTS, ...args }) =>
    new TableNetwork({ ...args, categories, outputs: outputs ?? numClasses }),
})
