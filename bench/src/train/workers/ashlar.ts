// Measures Ashlar: `fit` on the engine onnxruntime, and the exported graph in onnxruntime.

import { MiniResNet, ResNet18 } from '@ashlar/blocks'
import { type Model, onnxruntimeEngine, sparseCategoricalCrossentropy } from '@ashlar/core'
import { captureDynamic, createSession, optimizeForExport, writeOnnx } from '@ashlar/graph'
import * as ort from 'onnxruntime-node'
import { peakMemory } from '../../harness/memory.ts'
import { type Measured, type MeasureRequest, repeat } from '../../harness/repeat.ts'
import { serveRequests } from '../../harness/serve-requests.ts'
import type { Prepared, PrepareRequest } from '../protocol.ts'
import { firstImages, samplesFrom } from './samples.ts'
import { Stepper } from './stepper.ts'

type Measure = (request: MeasureRequest) => Promise<Measured>

const networks = { 'mini-resnet': MiniResNet, resnet18: ResNet18 }
const OPSET = 17

let measure: Measure

await serveRequests({
  async prepare(request: PrepareRequest): Promise<Prepared> {
    const { model: name, mode } = request.work
    const model = new networks[name](10)
    model.build([null, 28, 28, 1])
    measure = mode === 'training' ? train(model, request) : await infer(model, request)
    await measure({ seconds: 0 })
    return { version: `onnxruntime ${ort.env.versions.node}`, flops: stepFlops(model) }
  },
  measure: (request: MeasureRequest) => measure(request),
  memory: () => ({ peak: peakMemory() }),
})

function train(model: Model, { work, threads, data }: PrepareRequest): Measure {
  const fromLogits = work.model === 'resnet18'
  model.compile({
    optimizer: 'adam',
    loss: sparseCategoricalCrossentropy({ fromLogits }),
    metrics: ['accuracy'],
  })
  const stepper = new Stepper()
  let failed: (error: unknown) => void
  const failure = new Promise<never>((_, reject) => {
    failed = reject
  })
  let began = false
  return (request) => {
    const measured = stepper.measure(request)
    if (!began) {
      began = true
      model
        .fit(samplesFrom(data), {
          epochs: 1_000,
          batchSize: work.batch,
          engine: onnxruntimeEngine({ threads }),
          callbacks: [{ name: 'bench', onBatchEnd: ({ size }) => stepper.done(size) }],
        })
        .catch((error: unknown) => failed(error))
    }
    return Promise.race([measured, failure])
  }
}

async function infer(model: Model, { work, threads, data }: PrepareRequest): Promise<Measure> {
  const graph = captureDynamic(({ input }) => ({ output: model.apply(input!) }), {
    inputs: { input: { shape: [null, 28, 28, 1], dtype: 'float32' } },
  })
  const bytes = writeOnnx(await optimizeForExport(graph, OPSET), { opset: OPSET })
  const session = await createSession(bytes, { threads })
  const images = firstImages(data, work.batch)
  const [inputName, outputName] = [session.inputNames[0]!, session.outputNames[0]!]
  return (request) =>
    repeat(request, async () => {
      const input = new ort.Tensor('float32', images, [work.batch, 28, 28, 1])
      const results = await session.run({ [inputName]: input })
      return results[outputName]!.dims[0]!
    })
}

/**
 * A training step is the forward pass, and as much again for each of the two gradients; the first convolution needs none by its
 * input.
 */
function stepFlops(model: Model): number {
  const { flops, layers } = model.summary()
  const first = layers.find(({ type }) => type === 'Conv2D')
  return 3 * (flops ?? Number.NaN) - (first?.flops ?? 0)
}
