// Measures Ashlar: `fit` on the engine onnxruntime, and the exported graph in onnxruntime.

import { explainTraining, type Model, onnxruntimeEngine } from '@ashlar/core'
import { captureDynamic, createSession, optimizeForExport, writeOnnx } from '@ashlar/graph'
import * as ort from 'onnxruntime-node'
import { peakMemory } from '../../harness/memory.ts'
import {
  type Measured,
  type MeasureRequest,
  processorSeconds,
  repeat,
} from '../../harness/repeat.ts'
import { serveRequests } from '../../harness/serve-requests.ts'
import { Stepper } from '../../harness/stepper.ts'
import type { Details, LearnRequest, Learnt, Prepared, PrepareRequest } from '../protocol.ts'
import { modelOf } from './model.ts'
import { firstInputs, part, samplesFrom } from './samples.ts'

type Measure = (request: MeasureRequest) => Promise<Measured>

const OPSET = 17

let model: Model
let measure: Measure

await serveRequests({
  async prepare(request: PrepareRequest): Promise<Prepared> {
    const { work, data } = request
    model = modelOf(work, data.inputs.shape)
    measure = work.mode === 'training' ? train(model, request) : await infer(model, request)
    await measure({ seconds: 0 })
    return { version: `onnxruntime ${ort.env.versions.node}`, processor: processorSeconds() }
  },
  measure: (request: MeasureRequest) => measure(request),
  details: (): Details => stepFlops(model),
  memory: () => ({ peak: peakMemory() }),
  learn,
})

function train(model: Model, { work, threads, data }: PrepareRequest): Measure {
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
          epochs: 100_000,
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
  const { shape } = data.inputs
  const graph = captureDynamic(({ input }) => ({ output: model.apply(input!) }), {
    inputs: { input: { shape: [null, ...shape], dtype: 'float32' } },
  })
  const bytes = writeOnnx(await optimizeForExport(graph, OPSET), { opset: OPSET })
  const session = await createSession(bytes, { threads })
  const numbers = firstInputs(data, work.batch)
  const [inputName, outputName] = [session.inputNames[0]!, session.outputNames[0]!]
  return (request) =>
    repeat(request, async () => {
      const input = new ort.Tensor('float32', numbers, [work.batch, ...shape])
      const results = await session.run({ [inputName]: input })
      return results[outputName]!.dims[0]!
    })
}

/** Trains in the order of the data. */
async function learn(request: LearnRequest): Promise<Learnt> {
  const { work, data, threads, variant, weights, draws, steps, tested } = request
  const samples = samplesFrom(data)
  const model = modelOf(work, data.inputs.shape, { seed: draws, steps })
  if (draws === undefined) await model.load(weights)
  else await model.save(weights)
  const engine = onnxruntimeEngine({ threads, ...(variant && { providers: [variant] }) })
  const losses: number[] = []
  const { batch } = work
  // Whole batches alone: an epoch ends without a smaller one.
  const trained = Math.floor((samples.length - tested) / batch) * batch
  await model.fit(part(samples, 0, trained), {
    epochs: Math.ceil((steps * batch) / trained),
    batchSize: batch,
    shuffle: false,
    seed: draws,
    engine,
    callbacks: [
      {
        name: 'losses',
        onBatchEnd({ loss }, run) {
          losses.push(loss)
          if (losses.length === steps) run.stop('enough steps')
        },
      },
    ],
  })
  const parameters = model
    .namedWeights()
    .filter(({ trainable }) => trainable)
    .reduce((sum, { variable }) => sum + variable.size, 0)
  if (variant !== '') {
    const { fallbacks } = await explainTraining(model, samples, { batchSize: batch, engine })
    return { parameters, losses, fallbacks: fallbacks.map(({ op, nodes }) => `${op} x ${nodes}`) }
  }
  if (tested === 0) return { parameters, losses }
  const rest = part(samples, samples.length - tested, samples.length)
  const { loss, accuracy } = await model.evaluate(rest, { engine, batchSize: batch })
  return { parameters, losses, test: { loss: loss!, accuracy: accuracy! } }
}

/**
 * A training step is the forward pass, and as much again for each of the two gradients; the first convolution needs none by its
 * input.
 */
function stepFlops(model: Model): Details {
  const { flops, layers } = model.summary()
  if (flops === undefined || flops === null) return {}
  const first = layers.find(({ type }) => type === 'Conv2D')
  return { flops: 3 * flops - (first?.flops ?? 0) }
}
