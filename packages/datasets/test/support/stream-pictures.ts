// Trains on a folder of pictures, of 64 by 64; prints the resident memory in its last steps, and pictures per second.
import { layers, Model } from '@ashlar/core'
import type * as tf from '@tensorflow/tfjs'
import { imageFolder } from '../../src/index.ts'
import { createAnyDataset } from './plugins.ts'

class Net extends Model {
  readonly first
  readonly second
  readonly pool = layers.globalAveragePooling2d({})
  readonly head = layers.dense({ units: 2 })

  constructor(filters: number) {
    super()
    this.first = layers.conv2d({ filters, kernelSize: 3, strides: 2, activation: 'relu' })
    this.second = layers.conv2d({ filters, kernelSize: 3, strides: 2, activation: 'relu' })
  }

  override call(x: tf.Tensor): tf.Tensor {
    return this.head.apply(this.pool.apply(this.second.apply(this.first.apply(x))))
  }
}

const [folder, streams, filters, steps] = process.argv.slice(2) as [string, string, string, string]
const options = { folder: '.', size: [64, 64], stream: streams === 'stream', testPart: 0.1 }
const dataset = createAnyDataset(imageFolder, options, { folder })
const { train } = await dataset.load()
const model = new Net(Number(filters))
model.compile({ optimizer: 'adam', loss: 'sparse-categorical-crossentropy' })
const resident: number[] = []
const waits: number[] = []
let began = 0
const WARM = 20
const stop = new AbortController()
await model.fit(
  { ...train, info: dataset.info },
  {
    ...{ engine: 'onnxruntime', epochs: 100, batchSize: 32, signal: stop.signal },
    callbacks: [
      {
        name: 'measure',
        onBatchEnd({ step, waited = 0 }) {
          resident.push(process.memoryUsage.rss())
          waits.push(waited)
          if (step === WARM) began = performance.now()
          if (step + 1 === WARM + Number(steps)) stop.abort()
        },
      },
    ],
  },
)
const seconds = (performance.now() - began) / 1000
const last = resident.slice(-Math.ceil(resident.length / 2)).sort((a, b) => a - b)
process.stdout.write(
  JSON.stringify({
    samples: train.length,
    steps: resident.length,
    rss: last[Math.floor(last.length / 2)],
    perSecond: ((resident.length - WARM) * 32) / seconds,
    waited: waits.slice(WARM).reduce((a, b) => a + b, 0) / seconds,
  }),
)
