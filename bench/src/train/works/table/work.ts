import { type Layer, layers, Model } from '@ashlar/core'
import * as tf from '@tensorflow/tfjs'
import { table as tableData } from '../../data/table.ts'
import { type Declaration, declareWork, type Sizes } from '../../declaration.ts'

const sizes = {
  ...{ categories: 8, vocabulary: 2000, numbers: 8 },
  ...{ width: 16, units: 256, dropout: 0.1 },
} satisfies Sizes

class TableClassifier extends Model {
  readonly categories: number
  readonly numbers: number
  readonly width: number
  readonly embeddings: readonly Layer[]
  readonly dense1: Layer
  readonly dense2: Layer
  readonly dropout: Layer
  readonly head: Layer = layers.dense({ units: 2 })

  constructor({ categories, vocabulary, numbers, width, units, dropout }: typeof sizes) {
    super()
    this.categories = categories
    this.numbers = numbers
    this.width = width
    this.embeddings = Array.from({ length: categories }, () =>
      layers.embedding({ inputDim: vocabulary, outputDim: width }),
    )
    this.dense1 = layers.dense({ units, activation: 'relu' })
    this.dense2 = layers.dense({ units, activation: 'relu' })
    this.dropout = layers.dropout({ rate: dropout })
  }

  override call(rows: tf.Tensor): tf.Tensor {
    const columns = tf.split(rows, [...Array(this.categories).fill(1), this.numbers], 1)
    const known = this.embeddings.map((embedding, column) =>
      tf.reshape(embedding.apply(columns[column]!), [-1, this.width]),
    )
    const x = tf.concat([...known, columns[this.categories]!], 1)
    const y = this.dropout.apply(this.dense1.apply(x))
    return this.head.apply(this.dropout.apply(this.dense2.apply(y)))
  }
}

/** A table of which half the columns are categories. */
export const table: Declaration = declareWork({
  name: 'table',
  description: 'embeddings of 8 categories beside 8 numbers, dense layers of 256',
  samples: 'rows',
  batch: 256,
  sizes,
  tiny: { categories: 2, vocabulary: 10, numbers: 3, width: 4, units: 8 },
  fromLogits: true,
  optimizer: { name: 'adam', learningRate: 1e-3 },
  channelsLast: false,
  url: import.meta.url,
  network: (given) => new TableClassifier(given),
  data: tableData,
})
