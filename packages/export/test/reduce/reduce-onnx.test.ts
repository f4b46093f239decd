import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onnx } from '@ashlar/graph'
import { oneIn, refusal, tieredSuite } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
import * as assert from 'uvu/assert'
import {
  type Exportable,
  exportOnnx,
  type InputSpecs,
  type Reduction,
  reduceOnnx,
} from '../../src/index.ts'
import { layerOf } from '../../src/reduce/proto.ts'
import type { NamedData } from '../../src/tensors.ts'
import { endlessModel } from '../support/hostile.ts'
import { inScratch } from '../support/scratch.ts'

const { test, slow } = tieredSuite('reduceOnnx')

const normal = (shape: number[], seed: number, width = 1) =>
  tf.randomNormal(shape, 0, width, 'float32', seed)

/** Networks that have what reductions must find their way through. */
const networks: Readonly<
  Record<string, { model: () => Exportable; input: number[]; to: readonly Reduction[] }>
> = {
  'convolutions, a sum of two ways, pooling': {
    to: ['fp16', 'int8'],
    input: [12, 12, 3],
    model: () => {
      const input = tf.input({ shape: [12, 12, 3] })
      const first = conv(8, 'relu').apply(input)
      const second = conv(8).apply(first)
      const sum = tf.layers.add().apply([first as tf.SymbolicTensor, second as tf.SymbolicTensor])
      const cut = tf.layers.reLU({ maxValue: 6 }).apply(sum)
      const pooled = tf.layers.maxPooling2d({ poolSize: 2 }).apply(cut)
      const mean = tf.layers.globalAveragePooling2d({}).apply(pooled)
      return tf.model({
        inputs: input,
        outputs: dense(5, 'softmax').apply(mean) as tf.SymbolicTensor,
      })
    },
  },
  'channels put together, depthwise and strided convolutions': {
    to: ['fp16', 'int8'],
    input: [9, 9, 2],
    model: () => {
      const input = tf.input({ shape: [9, 9, 2] })
      const one = tf.layers.depthwiseConv2d({ kernelSize: 3, padding: 'same', depthMultiplier: 2 })
      const two = tf.layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same', useBias: false })
      const both = [one.apply(input), two.apply(input)] as tf.SymbolicTensor[]
      const put = tf.layers.concatenate().apply(both)
      const strided = tf.layers.conv2d({ filters: 6, kernelSize: 3, strides: 2 }).apply(put)
      const flat = tf.layers
        .flatten()
        .apply(tf.layers.averagePooling2d({ poolSize: 2 }).apply(strided))
      return tf.model({ inputs: input, outputs: dense(4).apply(flat) as tf.SymbolicTensor })
    },
  },
  'a convolution at its end': {
    to: ['fp16', 'int8'],
    input: [8, 8, 3],
    model: () =>
      tf.sequential({
        layers: [
          tf.layers.conv2d({
            filters: 4,
            kernelSize: 3,
            activation: 'relu',
            inputShape: [8, 8, 3],
          }),
          tf.layers.conv2d({ filters: 2, kernelSize: 1, activation: 'relu' }),
        ],
      }),
  },
  'dense layers and normalization': {
    to: ['fp16', 'int8', 'dynamic'],
    input: [16],
    model: () =>
      tf.sequential({
        layers: [
          tf.layers.dense({ units: 32, activation: 'tanh', inputShape: [16] }),
          tf.layers.layerNormalization({}),
          dense(8),
        ],
      }),
  },
  'a recurrent layer, whose products lie in a loop': {
    to: ['fp16', 'dynamic'],
    input: [6, 5],
    model: () =>
      tf.sequential({
        layers: [tf.layers.lstm({ units: 12, inputShape: [6, 5] }), dense(3)],
      }),
  },
}

function conv(filters: number, activation?: 'relu') {
  return tf.layers.conv2d({
    filters,
    kernelSize: 3,
    padding: 'same',
    ...(activation && { activation }),
  })
}

function dense(units: number, activation?: 'softmax') {
  return tf.layers.dense({ units, ...(activation && { activation }) })
}

/** Squared difference of outputs as a share of their variance that rounding may come to. */
const NOISE = { fp16: 1e-5, int8: 1e-2, dynamic: 1e-2 } as const

function feeds(shape: readonly number[], batches = 4): NamedData[] {
  return Array.from({ length: batches }, (_, index) => {
    const tensor = normal([16, ...shape], index + 1)
    const data = tensor.dataSync() as Float32Array
    return { input: { shape: [16, ...shape], dtype: 'float32', data } }
  })
}

/** Writes a network whose input is called `input`; gives the path. */
async function written(folder: string, model: Exportable, inputs?: InputSpecs): Promise<string> {
  const path = join(folder, 'model.onnx')
  await exportOnnx(model, { path, inputs })
  return path
}

const some = oneIn(7, { test, slow })

for (const [name, { model, input, to }] of Object.entries(networks)) {
  for (const reduction of to) {
    some(`${name}: ${reduction}`, () =>
      inScratch(async (folder) => {
        const made = model() as tf.LayersModel
        const run = (x: tf.Tensor) => ({ output: made.predict(x) as tf.Tensor })
        const path = await written(folder, run, { input: { shape: [null, ...input] } })
        const before = onnx.ModelProto.decode(
          (await exportOnnx(run, { inputs: { input: { shape: [null, ...input] } } })).bytes,
        )
        const file = join(folder, 'small.onnx')
        const calibration = feeds(input)
        const { report, bytes } = await reduceOnnx(path, {
          to: reduction,
          path: file,
          calibration,
          samples: feeds(input, 6).slice(4),
          maxDrop: 20,
        })
        assert.ok(report.judgement.noise <= NOISE[reduction], `${report.judgement.noise}`)
        assert.equal(report.kept, [])
        assert.ok(existsSync(file))
        const after = onnx.ModelProto.decode(bytes)
        assert.equal(
          after.graph!.input!.map(JSON.stringify as never),
          before.graph!.input!.map(JSON.stringify as never),
        )
        assert.equal(
          after.graph!.output!.map(JSON.stringify as never),
          before.graph!.output!.map(JSON.stringify as never),
        )
        const types = new Set(after.graph!.initializer!.map(({ dataType }) => dataType))
        assert.ok(types.has(reduction === 'fp16' ? 10 : 3))
        if (reduction === 'fp16') assert.not.ok(types.has(1))
        assert.ok(report.speed.every(({ times }) => times > 0))
      }),
    )
  }
}

/** A network whose second product gets one number that is a thousand times as large as the others, and cares for the others. */
function sensitive() {
  const spread = tf.mul(normal([4, 32], 1), tf.tensor1d([3000, ...Array(31).fill(1)]))
  const second = tf.mul(normal([32, 16], 2), tf.tensor2d([1e-4, ...Array(31).fill(1)], [32, 1]))
  const third = normal([16, 4], 3)
  return (x: tf.Tensor) => ({
    output: tf.matMul(
      tf.tanh(tf.matMul(tf.matMul(x as tf.Tensor2D, spread as tf.Tensor2D), second as tf.Tensor2D)),
      third as tf.Tensor2D,
    ),
  })
}

const fed: InputSpecs = { input: { shape: [null, 4] } }

test('what loses too much is refused, with the layers that hurt most; they can be kept', () =>
  inScratch(async (folder) => {
    const path = await written(folder, sensitive(), fed)
    const options = {
      to: 'int8',
      path: join(folder, 'small.onnx'),
      calibration: feeds([4]),
    } as const
    const layers = onnx.ModelProto.decode((await exportOnnx(sensitive(), { inputs: fed })).bytes)
      .graph!.node!.filter(({ opType }) => opType === 'MatMul' || opType === 'Gemm')
      .map(layerOf)
    const problem = await refusal(() => reduceOnnx(path, options))
    assert.match(problem, 'in int8 it must lose at most 1 points')
    assert.match(problem, /layer by layer:\n {2}(\S+) \(/)
    assert.match(problem, '(--keep-sensitive)')
    assert.is(/layer by layer:\n {2}(\S+) \(/.exec(problem)![1], layers[1])
    assert.equal(readdirSync(folder), ['model.onnx'])
    const { report } = await reduceOnnx(path, { ...options, maxDrop: 5, keepSensitive: true })
    assert.equal(report.kept, [layers[1]])
    assert.ok(report.judgement.drop <= 5)
    assert.is(report.layers, 2)
  }))

test('options and files that cannot be are told apart, and nothing is written', () =>
  inScratch(async (folder) => {
    const path = await written(folder, sensitive(), fed)
    const half = join(folder, 'half.onnx')
    await reduceOnnx(path, { to: 'fp16', path: half })
    const idle = join(folder, 'idle.onnx')
    await exportOnnx((x) => tf.relu(x), { path: idle, inputs: fed })
    const text = join(folder, 'text.onnx')
    writeFileSync(text, 'no model')
    const before = readdirSync(folder)
    for (const [from, options, message] of [
      [path, { to: 'int4' as never }, '`to` must be fp16, int8 or dynamic'],
      [path, { to: 'int8' }, 'int8 must be given samples to find the ranges'],
      [path, { to: 'fp16', maxDrop: -1 }, '`maxDrop` must be a number of points'],
      [path, { to: 'fp16', maxDrop: Number.NaN }, '`maxDrop` must be a number of points'],
      [
        path,
        { to: 'int8', calibration: feeds([4]), calibrationCount: 0 },
        '`calibrationCount` must be',
      ],
      [path, { to: 'int8', calibration: feeds([5]) }, 'the file must run'],
      [half, { to: 'fp16' }, 'must be one of floats'],
      [idle, { to: 'dynamic' }, 'it must have a matrix product'],
      [
        idle,
        { to: 'int8', calibration: feeds([4]) },
        'it must have a convolution or a matrix product',
      ],
      [text, { to: 'fp16' }, 'must be an ONNX model'],
      [join(folder, 'none.onnx'), { to: 'fp16' }, 'the file must be readable'],
    ] as const) {
      const problem = await refusal(() =>
        reduceOnnx(from, { ...options, path: join(folder, 'small.onnx') }),
      )
      assert.match(problem, message)
    }
    assert.equal(readdirSync(folder), before)
  }))

test('samples that make infinities of it are named', () =>
  inScratch(async (folder) => {
    const path = await written(folder, sensitive(), fed)
    const data = new Float32Array(64).fill(Number.POSITIVE_INFINITY)
    const calibration: NamedData[] = [{ input: { shape: [16, 4], dtype: 'float32', data } }]
    const problem = await refusal(() => reduceOnnx(path, { to: 'int8', calibration }))
    assert.match(problem, /must be numbers: input is not/)
  }))

/** A loop without an end where a number is above 0, then a product of matrices. */
function endlessAbove0(): Uint8Array {
  const model = onnx.ModelProto.decode(endlessModel())
  const { node, initializer, output } = model.graph!
  node![0]!.input![1] = 'isAbove'
  node![0]!.output![0] = 'looped'
  node!.unshift(
    {
      opType: 'ReduceMax',
      input: ['x'],
      output: ['most'],
      attribute: [{ name: 'keepdims', type: 2, i: 0 }],
    },
    { opType: 'Greater', input: ['most', 'zero'], output: ['isAbove'] },
  )
  node!.push({ opType: 'MatMul', name: 'product', input: ['looped', 'weight'], output: ['output'] })
  const tensor = (name: string, dims: number[], floatData: number[]) => ({
    name,
    dims,
    dataType: 1,
    floatData,
  })
  initializer!.push(
    tensor('zero', [], [0]),
    tensor(
      'weight',
      [4, 3],
      Array.from({ length: 12 }, (_, at) => at - 5),
    ),
  )
  output![0]!.type!.tensorType!.shape!.dim = [{ dimParam: 'out' }, { dimValue: 3 }]
  return onnx.ModelProto.encode(model).finish()
}

slow('a file that never ends with a later batch is stopped, and nothing is written', () =>
  inScratch(async (folder) => {
    const from = join(folder, 'model.onnx')
    writeFileSync(from, endlessAbove0())
    const batch = (value: number): NamedData => ({
      x: {
        shape: [2, 4],
        dtype: 'float32',
        data: Float32Array.from({ length: 8 }, (_, at) => value - at),
      },
    })
    const path = join(folder, 'small.onnx')
    const reduce = (samples: readonly NamedData[], seconds: number) =>
      reduceOnnx(from, { to: 'dynamic', path, samples, limits: { seconds } })
    const began = performance.now()
    await reduce([batch(0), batch(-1)], 300)
    rmSync(path)
    // What all of it took is far more than one of its batches does.
    const seconds = Math.ceil(2 + (2 * (performance.now() - began)) / 1000)
    const problem = await refusal(() => reduce([batch(0), batch(1)], seconds))
    assert.match(problem, `must be done within ${seconds} s with loading and with each batch`)
    assert.equal(readdirSync(folder), ['model.onnx'])
  }),
)

test('outputs that are no numbers with one row of a later batch lose everything', () =>
  inScratch(async (folder) => {
    // What is small is 0 in int8, and the reciprocal of 0 is no number.
    const model = (x: tf.Tensor) => ({
      output: tf.reciprocal(tf.matMul(x as tf.Tensor2D, tf.eye(4))),
    })
    const path = await written(folder, model, fed)
    const rows = (first: number): NamedData => {
      const data = Float32Array.from({ length: 400 }, (_, at) => 1 + ((at * 7) % 11))
      data[0] = first
      return { input: { shape: [100, 4], dtype: 'float32', data } }
    }
    const small = join(folder, 'small.onnx')
    const reduce = (samples: readonly NamedData[]) =>
      reduceOnnx(path, {
        ...{ to: 'int8', path: small, maxDrop: 99 },
        calibration: [rows(2)],
        samples,
      })
    await reduce([rows(2), rows(3)])
    rmSync(small)
    const problem = await refusal(() => reduce([rows(2), rows(3), rows(1e-4)]))
    assert.match(problem, 'in int8 it must lose at most 99 points')
    assert.equal(readdirSync(folder), ['model.onnx'])
  }))

test.run()
