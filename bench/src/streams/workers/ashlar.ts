// Trains on a folder of pictures, streamed or in memory, or reads it alone.

import { MiniResNet } from '@ashlar/blocks'
import {
  adam,
  type Dataset,
  instantiate,
  onnxruntimeEngine,
  readBatches,
  type Samples,
} from '@ashlar/core'
import { imageFolder } from '@ashlar/datasets'
import { type Measured, type MeasureRequest, processorSeconds } from '../../harness/repeat.ts'
import { serveRequests } from '../../harness/serve-requests.ts'
import { median } from '../../harness/statistics.ts'
import { Stepper } from '../../harness/stepper.ts'
import { type Resident, SIDE, type StreamRequest } from '../protocol.ts'

const stepper = new Stepper()
const resident: number[] = []
let waited = 0
let stepping = 0
let failed: (error: unknown) => void
const failure = new Promise<never>((_, reject) => {
  failed = reject
})

await serveRequests({
  async prepare(request: StreamRequest) {
    const first = stepper.measure({ seconds: 0 })
    run(request).catch((error: unknown) => failed(error))
    await Promise.race([first, failure])
    return { version: '', processor: processorSeconds() }
  },
  measure: (request: MeasureRequest): Promise<Measured> => {
    waited = 0
    const began = performance.now()
    return Promise.race([stepper.measure(request), failure]).then((measured) => {
      stepping = (performance.now() - began) / 1000
      return measured
    })
  },
  memory: (): Resident => ({
    resident: median(resident.slice(-Math.ceil(resident.length / 2))) / 2 ** 20,
    waited: waited / stepping,
  }),
})

async function run(request: StreamRequest): Promise<void> {
  const { folder, side, threads } = request
  const options = {
    folder,
    size: [SIDE, SIDE] as [number, number],
    stream: side !== 'memory',
    testPart: 0.1,
    threads,
  }
  const dataset: Dataset = instantiate(imageFolder, options)
  const { train } = await dataset.load()
  const samples: Samples = { ...train, info: dataset.info }
  await (side === 'decode' ? decode(samples, request) : fit(samples, request))
}

async function fit(samples: Samples, { batch, width, cores }: StreamRequest): Promise<void> {
  const model = new MiniResNet(2, { width })
  model.compile({ optimizer: adam(), loss: 'sparse-categorical-crossentropy' })
  await model.fit(samples, {
    epochs: 100_000,
    batchSize: batch,
    engine: onnxruntimeEngine({ threads: cores }),
    callbacks: [
      {
        name: 'bench',
        onBatchEnd(log) {
          waited += log.waited ?? 0
          resident.push(process.memoryUsage.rss())
          return stepper.done(log.size)
        },
      },
    ],
  })
}

async function decode(samples: Samples, { batch }: StreamRequest): Promise<void> {
  for (let epoch = 0; ; epoch++) {
    const options = { batchSize: batch, shuffle: { seed: 0, epoch } }
    for await (const { length } of readBatches(samples, options)) await stepper.done(length)
  }
}
