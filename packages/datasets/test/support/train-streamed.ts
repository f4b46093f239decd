// Trains on a folder of pictures that is streamed, goes on from the last checkpoint; prints the digest of the weights that it ends with.
import { createHash } from 'node:crypto'
import { checkpoint, layers, Model, readCheckpoint } from '@ashlar/core'
import type * as tf from '@tensorflow/tfjs'
import { imageFolder } from '../../src/index.ts'
import { createAnyDataset } from './plugins.ts'

class Net extends Model {
  readonly flat = layers.flatten()
  readonly hidden = layers.dense({ units: 8, activation: 'relu' })
  readonly drop = layers.dropout({ rate: 0.2 })
  readonly head = layers.dense({ units: 2 })

  override call(x: tf.Tensor): tf.Tensor {
    return this.head.apply(this.drop.apply(this.hidden.apply(this.flat.apply(x))))
  }
}

const [folder, out, threads] = process.argv.slice(2) as [string, string, string]
const options = { folder: '.', size: [6, 6], stream: true, threads: Number(threads) }
const dataset = createAnyDataset(imageFolder, options, { folder })
const { train, digest } = await dataset.load()
const model = new Net()
model.compile({ optimizer: 'adam', loss: 'sparse-categorical-crossentropy' })
const found = await readCheckpoint(out)
process.stdout.write('begins\n')
const { metrics } = await model.fit(
  { ...train, info: dataset.info },
  {
    ...{ engine: 'tfjs', seed: 3, epochs: 8, batchSize: 4, digest },
    callbacks: [checkpoint(out, { everySteps: 3 })],
    ...(found && { resume: found.state }),
  },
)
const hash = createHash('sha256').update(JSON.stringify(metrics.loss))
for (const weight of model.weights) hash.update(await weight.read().data())
process.stdout.write(`ends ${hash.digest('hex')}\n`)
