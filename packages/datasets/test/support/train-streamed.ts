// Trains on a format that is streamed, goes on from the last checkpoint; prints the digest of the weights that it ends with. One that is to be killed never ends.
import { createHash } from 'node:crypto'
import { checkpoint, layers, Model, readCheckpoint } from '@ashlar/core'
import type * as tf from '@tensorflow/tfjs'
import { openStream } from './stream-formats.ts'

class Net extends Model {
  readonly flat = layers.flatten()
  readonly hidden = layers.dense({ units: 8, activation: 'relu' })
  readonly drop = layers.dropout({ rate: 0.2 })
  readonly head = layers.dense({ units: 2 })

  override call(x: tf.Tensor): tf.Tensor {
    const rows = x.rank > 2 ? this.flat.apply(x) : x
    return this.head.apply(this.drop.apply(this.hidden.apply(rows)))
  }
}

const [format, engine, folder, out, threads, held] = process.argv.slice(2) as [
  ...[string, string, string, string, string],
  string?,
]
const dataset = openStream(format, folder, { threads: Number(threads) })
const { train, digest } = await dataset.load()
const model = new Net()
model.compile({ optimizer: 'adam', loss: 'sparse-categorical-crossentropy' })
const found = await readCheckpoint(out)
process.stdout.write('begins\n')
const { metrics } = await model.fit(
  { ...train, info: dataset.info },
  {
    ...{ engine, seed: 3, epochs: 8, batchSize: 4, digest },
    callbacks: [checkpoint(out, { everySteps: 3 })],
    ...(found && { resume: found.state }),
  },
)
// Whoever is to be killed waits for it.
if (held !== undefined) await new Promise((resolve) => setTimeout(resolve, 2 ** 31 - 1))
const hash = createHash('sha256').update(JSON.stringify(metrics.loss))
for (const weight of model.weights) hash.update(await weight.read().data())
process.stdout.write(`ends ${hash.digest('hex')}\n`)
