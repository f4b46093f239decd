import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  adam,
  decodeSafetensors,
  type FieldSamples,
  infoOfFields,
  type Layer,
  layers,
  Model,
  oneCycle,
  samplesOf,
  sgd,
  sparseCategoricalCrossentropy,
} from '@ashlar/core'
import { allClose } from '@ashlar/core/testing'
import { onnx } from '@ashlar/graph'
import * as tf from '@tensorflow/tfjs'
import * as ort from 'onnxruntime-node'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { TRAINING_KEY, writeTrainingStep } from '../../src/training-step/write-training-step.ts'

const test = suite('training steps as files')

class Linear extends Model {
  readonly first: Layer = layers.dense({ units: 2, useBias: false })
  readonly second: Layer = layers.dense({ units: 1, useBias: false })
  override call({ left, right }: { left: tf.Tensor; right: tf.Tensor }) {
    const x = tf.concat([left, right], -1)
    return { class: this.first.apply(x), box: this.second.apply(x) }
  }
}

const samples: FieldSamples = {
  inputs: {
    left: Float32Array.of(0.1, -0.4, 0.8, 0.3),
    right: Float32Array.of(0.5, 0.2, -0.3, 0.9, 0.7, -0.6, 0.4, 0.1),
  },
  labels: { class: Int32Array.of(0, 1, 1, 0), box: Float32Array.of(1, -1, 0.5, 2) },
  weights: Float32Array.of(1, 0.5, 2, 1),
  length: 4,
  info: infoOfFields({
    inputs: { left: { shape: [1], dtype: 'float32' }, right: { shape: [2], dtype: 'float32' } },
    outputs: {
      class: { shape: [], dtype: 'int32', classes: ['a', 'b'] },
      box: { shape: [1], dtype: 'float32' },
    },
  }),
}

const options = {
  optimizer: sgd({ learningRate: 0.1 }),
  loss: { class: 'sparse-categorical-crossentropy', box: 'mean-squared-error' },
  lossWeights: { box: 0.5 },
}

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'ashlar-step-'))
  try {
    await use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Runs one of the files on the state and the samples of the folder. */
async function runFile(folder: string, name: string, given: Record<string, ort.Tensor>) {
  const session = await ort.InferenceSession.create(join(folder, name), { logSeverityLevel: 4 })
  const types = { F32: 'float32', I32: 'int32', U8: 'uint8' } as const
  const all = { ...given }
  for (const file of ['state.safetensors', 'data.safetensors']) {
    const { tensors } = decodeSafetensors(readFileSync(join(folder, file)), file)
    for (const [key, { dtype, shape, data }] of tensors) {
      all[key] ??= new ort.Tensor(types[dtype], data as Float32Array, [...shape])
    }
  }
  const feeds = Object.fromEntries(session.inputNames.map((key) => [key, all[key]!]))
  const results = await session.run(feeds)
  await session.release()
  return results
}

const scalars = {
  learningRate: new ort.Tensor('float32', Float32Array.of(0.1), []),
  step: new ort.Tensor('int32', Int32Array.of(0), []),
  seed: new ort.Tensor('int32', Int32Array.of(0), []),
}

test('a step of several fields, outputs and weights of samples is what fit does, whole and in two halves', () =>
  inFolder(async (folder) => {
    const model = new Linear()
    model.compile(options)
    const step = join(folder, 'step')
    await writeTrainingStep(model, samples, step, { batchSize: 4, parts: 1 })
    const { graphs } = JSON.parse(readFileSync(join(step, 'training.json'), 'utf8'))
    const inputs = Object.keys(graphs['train.onnx'].inputs)
    for (const name of ['inputs/left', 'inputs/right', 'labels/class', 'labels/box', 'weights']) {
      assert.ok(inputs.includes(name), `${name} of ${inputs}`)
    }
    assert.ok('predictions/box' in graphs['eval.onnx'].outputs)
    const whole = await runFile(step, 'train.onnx', scalars)
    const evaluated = await runFile(step, 'eval.onnx', {})
    const halved = await runFile(step, 'gradients.onnx', scalars)
    const updated = await runFile(step, 'update.onnx', { ...scalars, ...halved })
    const { loss } = await model.evaluate(samples)
    assert.ok(Math.abs(Number(evaluated.loss!.data[0]) - loss!) < 1e-5)
    assert.ok(Math.abs(Number(whole.loss!.data[0]) - loss!) < 1e-5)
    await model.fit(samples, { batchSize: 4, shuffle: false })
    for (const { name, variable } of model.namedWeights()) {
      for (const results of [whole, updated]) {
        allClose(results[`next.weights/${name}`]!.data as Float32Array, variable.dataSync())
      }
    }
  }))

class Dropping extends Model {
  readonly hidden: Layer = layers.dense({ units: 8, activation: 'relu' })
  readonly norm: Layer = layers.batchNormalization({ momentum: 0.9 })
  readonly drop: Layer = layers.dropout({ rate: 0.3 })
  readonly scores: Layer = layers.dense({ units: 3 })
  override call(x: tf.Tensor): tf.Tensor {
    return this.scores.apply(this.drop.apply<tf.Tensor>(this.norm.apply(this.hidden.apply(x))))
  }
}

test('steps of Adam by a schedule, with dropout and batch norm, are those of fit; the files describe themselves and hold operators of the standard alone', () =>
  inFolder(async (folder) => {
    const model = new Dropping({ seed: 2 })
    model.compile({
      optimizer: adam({ learningRate: oneCycle({ max: 0.02 }) }),
      loss: sparseCategoricalCrossentropy({ fromLogits: true }),
      metrics: [],
    })
    const [inputs, classes] = [
      tf.randomNormal([24, 4], 0, 1, 'float32', 3),
      tf.tensor1d(
        Array.from({ length: 24 }, (_, at) => at % 3),
        'int32',
      ),
    ]
    const rows = await samplesOf(inputs, classes)
    const path = join(folder, 'step')
    const [batchSize, epochs, seed] = [8, 4, 5]
    await writeTrainingStep(model, rows, path, {
      ...{ batchSize, parts: 2, steps: 12, sampleCount: 24, metadata: { mine: 'yes' } },
    })
    for (const name of ['train.onnx', 'eval.onnx', 'gradients.onnx', 'update.onnx']) {
      const file = onnx.ModelProto.decode(readFileSync(join(path, name)))
      assert.equal(
        file.opsetImport!.map(({ domain, version }) => [domain ?? '', Number(version)]),
        [['', 17]],
      )
      assert.equal([...new Set(file.graph!.node!.map(({ domain }) => domain ?? ''))], [''])
      const said = Object.fromEntries(file.metadataProps!.map(({ key, value }) => [key, value]))
      assert.is(said.mine, 'yes')
      const described = JSON.parse(readFileSync(join(path, 'training.json'), 'utf8'))
      assert.equal(JSON.parse(said[TRAINING_KEY]!), described)
      assert.is(described.learningRates.length, 12)
    }
    const { Trainer, readSafetensors } = await import(join(path, 'training.mjs'))
    const read = (name: string) => readFileSync(join(path, name))
    const trainer = await Trainer.open(ort, {
      ...{ train: read('train.onnx'), evaluate: read('eval.onnx') },
      ...{ state: read('state.safetensors') },
      description: JSON.parse(readFileSync(join(path, 'training.json'), 'utf8')),
    })
    const { tensors } = readSafetensors(read('data.safetensors'))
    const losses: number[] = []
    for (let step = 0; step < 12; step++) {
      losses.push(await trainer.step(trainer.batch(tensors), { seed }))
    }
    const history = await model.fit(rows, { batchSize, epochs, seed, shuffle: false })
    for (const [epoch, { metrics }] of history.epochs.entries()) {
      const own = losses.slice(3 * epoch, 3 * epoch + 3).reduce((sum, each) => sum + each / 3, 0)
      assert.ok(Math.abs(own - metrics.loss!) < 1e-5, `${own} for ${metrics.loss}`)
    }
    for (const { name, variable } of model.namedWeights()) {
      const found = trainer.state[`weights/${name}`].data as Float32Array
      allClose(found, variable.dataSync(), { absolute: 1e-5 })
    }
    tf.dispose([inputs, classes])
  }))

test('what cannot be written is refused, and nothing is', () =>
  inFolder(async (folder) => {
    const model = new Linear()
    model.compile(options)
    const refused = (path: string, own: object = {}, of: Linear = model) =>
      writeTrainingStep(of, samples, path, { batchSize: 4, ...own }).then(
        () => '',
        (error: Error) => error.message,
      )
    writeFileSync(join(folder, 'mine.txt'), '')
    assert.match(await refused(folder), 'must be empty, new, or hold one and nothing else')
    // A file of such a name makes no folder one of ours, and what was trained on is not lost.
    writeFileSync(join(folder, 'training.json'), '{}')
    assert.match(await refused(folder), 'got ["mine.txt"]')
    assert.equal(readFileSync(join(folder, 'training.json'), 'utf8'), '{}')
    rmSync(join(folder, 'training.json'))
    const step = join(folder, 'step')
    assert.match(await refused(step, { parts: 3 }), 'as many rows in each of its `parts`')
    class Own extends Linear {
      trainStep() {
        return { loss: tf.scalar(0) }
      }
    }
    const own = new Own()
    own.compile({ optimizer: sgd() })
    assert.match(await refused(step, {}, own), 'Own has a trainStep of its own')
    assert.not(existsSync(step))
  }))

test.run()
