import { oneIn, tieredSuite } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
import * as ort from 'onnxruntime-node'
import * as assert from 'uvu/assert'
import { exportOnnx, type InputSpecs } from '../src/index.ts'
import { SizePlan } from '../src/verify/sizes.ts'

await tf.setBackend('cpu')

const { test, slow } = tieredSuite('sizes that vary')

const { layers } = tf

type Fn = (...inputs: tf.Tensor[]) => tf.Tensor | Record<string, tf.Tensor> | tf.Tensor[]

/** Exports, and holds the file against tfjs at these shapes of the inputs. Returns the report of the file. */
async function check(
  model: Fn | tf.LayersModel,
  inputs: InputSpecs | undefined,
  shapes: readonly (readonly (readonly number[])[])[],
) {
  const { bytes, report } = await exportOnnx(model as Fn, inputs ? { inputs } : {})
  const session = await ort.InferenceSession.create(bytes)
  for (const given of shapes) {
    const tensors = given.map((shape, at) =>
      tf.randomNormal([...shape] as [number], 0, 1, 'float32', 1 + at),
    )
    const result = model instanceof tf.LayersModel ? model.predict(tensors) : model(...tensors)
    const expected = result instanceof tf.Tensor ? [result] : (Object.values(result) as tf.Tensor[])
    const feeds = tensors.map((tensor, at) => [
      session.inputNames[at]!,
      new ort.Tensor('float32', tensor.dataSync() as Float32Array, tensor.shape),
    ])
    const outputs = await session.run(Object.fromEntries(feeds))
    for (const [at, wanted] of expected.entries()) {
      const output = outputs[session.outputNames[at]!]!
      assert.equal([...output.dims], wanted.shape, `shape at ${given.join(' and ')}`)
      const numbers = output.data as Float32Array
      const apart = Float32Array.from(wanted.dataSync() as Float32Array).reduce(
        (most, each, place) => Math.max(most, Math.abs(each - numbers[place]!)),
        0,
      )
      assert.ok(apart < 1e-4, `${apart} at ${given.join(' and ')}`)
    }
  }
  await session.release()
  return report.file
}

/** An axis that varies, by itself. */
const free = (name: string, captured: readonly number[], limits = {}) => ({
  name,
  axes: [{ input: 'x', axis: 1 }],
  isBatch: false,
  multipleOf: 1,
  min: 1,
  max: Number.POSITIVE_INFINITY,
  captured: new Set(captured),
  ...limits,
})

const image = { x: { shape: [null, null, null, 1] } }
const odd = [[[1, 5, 7, 1]], [[2, 11, 6, 1]], [[1, 1, 30, 1]]]

const network = (...stack: tf.layers.Layer[]) =>
  tf.sequential({ layers: [layers.inputLayer({ inputShape: [null, null, 1] as never }), ...stack] })

const networks: Readonly<Record<string, () => tf.LayersModel>> = {
  'halved, then doubled': () =>
    network(
      layers.conv2d({ filters: 2, kernelSize: 3, strides: 2, padding: 'same' }),
      layers.upSampling2d({}),
    ),
  'dilated convolutions': () =>
    network(layers.conv2d({ filters: 2, kernelSize: 3, dilationRate: 2, padding: 'same' })),
  'pools smaller than their stride': () =>
    network(layers.maxPooling2d({ poolSize: 2, strides: 3, padding: 'same' })),
  'means of pools smaller than their stride': () =>
    network(layers.averagePooling2d({ poolSize: 2, strides: 3, padding: 'same' })),
  'transposed convolutions': () =>
    network(
      layers.conv2dTranspose({ filters: 2, kernelSize: 2, strides: 2 }),
      layers.conv2dTranspose({ filters: 1, kernelSize: 3, strides: 3, padding: 'same' }),
    ),
}

const some = oneIn(6, { test, slow })

for (const [name, make] of Object.entries(networks)) {
  some(name, async () => {
    await check(make(), undefined, odd)
  })
}

const programs: Readonly<Record<string, readonly [Fn, InputSpecs, number[][][]]>> = {
  'padded to even sizes': [
    (x) =>
      tf.pad(x as tf.Tensor4D, [
        [0, 0],
        [0, x.shape[1]! % 2],
        [0, x.shape[2]! % 2],
        [0, 0],
      ]),
    image,
    odd,
  ],
  'the first 100': [
    (x) => tf.slice(x, [0, 0], [-1, Math.min(x.shape[1]!, 100)]),
    { x: { shape: [null, null] } },
    [[[1, 101]], [[2, 99]], [[1, 1234]]],
  ],
  'attention between two lengths': [
    (q, k) => tf.matMul(tf.softmax(tf.matMul(q!, k!, false, true)), k!),
    { q: { shape: [1, null, 3] }, k: { shape: [1, null, 3] } },
    [
      [
        [1, 5, 3],
        [1, 9, 3],
      ],
    ],
  ],
  'as many classes as columns': [
    (x) => tf.oneHot(tf.argMax(x, 1), x.shape[1]!),
    { x: { shape: [null, null] } },
    [[[2, 5]], [[1, 2]]],
  ],
  'over height times width, and by their root': [
    (x) => {
      const pixels = x.shape[1]! * x.shape[2]!
      return tf.add(tf.div(tf.sum(x, [1, 2]), pixels), tf.mul(tf.max(x, [1, 2]), pixels ** -0.5))
    },
    image,
    odd,
  ],
  'a window as large as the image': [
    (x) => tf.avgPool(x as tf.Tensor4D, [x.shape[1]!, x.shape[2]!], 1, 'valid'),
    image,
    odd,
  ],
  'sizes as results': [
    (x) => [tf.scalar(x.shape[1]!), tf.tensor1d(x.shape), tf.fill([2], x.shape[1]! % 4)],
    { x: { shape: [null, null] } },
    [[[2, 7]], [[3, 40]]],
  ],
  'through predict, which goes through a batch in parts': [
    (() => {
      const model = network(layers.conv2d({ filters: 1, kernelSize: 3, padding: 'same' }))
      return (x: tf.Tensor) => model.predict(x) as tf.Tensor
    })(),
    image,
    [[[40, 5, 7, 1]], ...odd],
  ],
}

for (const [name, [program, inputs, shapes]] of Object.entries(programs)) {
  some(name, async () => {
    await check(program, inputs, shapes)
  })
}

test('a branch on a size is refused', async () => {
  const branch = (x: tf.Tensor) => (x.shape[1]! > 50 ? tf.relu(x) : tf.neg(x))
  try {
    await exportOnnx(branch, { inputs: { x: { shape: [null, null] } } })
    assert.unreachable()
  } catch (error) {
    assert.match((error as Error).message, /must not depend on the size of its input, got "\w+ and/)
  }
})

test('what a size must be stands in the file and the report, and verification keeps to it', async () => {
  const halves = (x: tf.Tensor) => {
    const half = tf.avgPool(x as tf.Tensor4D, 4, 4, 'valid')
    const [, h, w] = half.shape
    return tf.add(x, tf.image.resizeBilinear(half, [4 * h, 4 * w]))
  }
  const { report } = await exportOnnx(halves, { inputs: image })
  assert.equal(report.file.sizes, [
    'height must be a multiple of 4',
    'width must be a multiple of 4',
  ])
  for (const { sizes } of report.verification.cases) {
    assert.ok(sizes!.height! % 4 === 0 && sizes!.width! % 4 === 0, JSON.stringify(sizes))
  }
  const known = { x: { shape: [1, { name: 'time', min: 8, max: 64, multipleOf: 8 }] } } as const
  const { report: named, bytes } = await exportOnnx((x: tf.Tensor) => tf.neg(x), { inputs: known })
  assert.equal(named.file.inputs[0]!.shape, [1, 'time'])
  assert.equal(named.file.sizes, ['time must be a multiple of 8, at most 64'])
  assert.match(Buffer.from(bytes).toString('latin1'), /\{"time":\{"multipleOf":8,"max":64\}\}/)
})

test('verification takes sizes of one, two and three digits, each axis its own, and none of the captures', async () => {
  const { report } = await exportOnnx(
    (a: tf.Tensor, b: tf.Tensor) => tf.matMul(a, b, false, true),
    { inputs: { a: { shape: [null, 2] }, b: { shape: [1, null, 2] } } },
  )
  const lengths = report.verification.cases.map(({ sizes }) => Object.values(sizes!)[0]!)
  assert.ok(lengths.includes(9) && lengths.some((size) => size > 20 && size < 100), `${lengths}`)
  assert.ok(
    lengths.some((size) => size > 100 && size % 2 === 1),
    `${lengths}`,
  )
  const most = { cost: 1000, memory: 1000 }
  const needs = (sizes: ReadonlyMap<string, number>) => ({
    cost: [...sizes.values()].reduce((all, size) => all * size, 1),
    memory: 1,
  })
  const plan = new SizePlan([free('h', [21, 9]), free('w', [])], needs, most)
  for (const level of [1, 2, 3, 1, 2, 3] as const) {
    const sizes = plan.sizes(1, level)
    assert.ok(sizes.get('h') !== sizes.get('w') && ![21, 9].includes(sizes.get('h')!))
    assert.ok(needs(sizes).cost <= 2 * most.cost, 'no larger than there is time for')
  }
  const multiples = { multipleOf: 64, min: 64 }
  const taken = [64, 256, 320, 1024]
  const large = new SizePlan(
    [free('h', taken, multiples), free('w', taken, multiples)],
    needs,
    most,
  )
  assert.ok(large.isHeavy && !plan.isHeavy)
  const pairs = ([1, 2, 3, 1] as const).map((level) => [...large.sizes(1, level).values()].join())
  assert.equal(pairs, ['128,192', '192,128', '128,192', '192,128'], 'the second and third multiple')
  const narrow = new SizePlan([free('h', [64], { multipleOf: 32, min: 64, max: 128 })], needs, most)
  assert.is(narrow.sizes(1, 1).get('h'), 96)
  assert.is(narrow.smallest().get('h'), 64)
})

test('one size is small beside others in verification, in turn', () => {
  const most = { cost: 1e4, memory: 1e4 }
  const needs = () => ({ cost: 1, memory: 1 })
  const plan = new SizePlan([free('h', []), free('w', [])], needs, most)
  const pairs = plan.lopsided().map((sizes) => [...sizes.values()].join())
  assert.equal(pairs, ['2,35', '3,9', '43,3', '7,4'])
  assert.equal(new SizePlan([free('h', [])], needs, most).lopsided(), [])
  const limits = { multipleOf: 8, min: 16 }
  const limited = new SizePlan([free('h', [], limits), free('w', [], limits)], needs, most)
  for (const sizes of limited.lopsided())
    assert.ok([...sizes.values()].every((size) => size >= 16 && size % 8 === 0))
})

// Half of what is even at all sizes has many forms, of which some follow from the batch and the width as well at the sizes that captures take.
slow('a height that is halved after it was mirrored is taken for no other size', async () => {
  const mirrored = (x: tf.Tensor4D) => {
    const [bottom, right] = [x.shape[1], x.shape[2]].map((size) =>
      Math.min((16 - (size % 16)) % 16, size),
    ) as [number, number]
    const paddings = [0, bottom, right, 0].map((each): [number, number] => [0, each])
    return tf.mirrorPad(x, paddings, 'symmetric') as tf.Tensor4D
  }
  const inWindows = (x: tf.Tensor4D) => {
    const [h, w] = [x.shape[1], x.shape[2]]
    const [rows, columns] = [Math.ceil(h / 4), Math.ceil(w / 4)]
    const paddings = [0, 4 * rows - h, 4 * columns - w, 0].map((each): [number, number] => [
      0,
      each,
    ])
    const parts = tf.reshape(tf.pad(x, paddings), [-1, rows, 4, columns, 4, 2])
    const tokens = tf.reshape(tf.transpose(parts, [0, 1, 3, 2, 4, 5]), [-1, 16, 2]) as tf.Tensor3D
    const seen = tf.matMul(tf.softmax(tf.matMul(tokens, tokens, false, true)), tokens)
    const image = tf.transpose(tf.reshape(seen, [-1, rows, columns, 4, 4, 2]), [0, 1, 3, 2, 4, 5])
    return tf.slice(tf.reshape(image, [-1, rows * 4, columns * 4, 2]), [0, 0, 0, 0], [-1, h, w, -1])
  }
  const squared = (x: tf.Tensor4D) => {
    const column = tf.maxPool(x, [1, x.shape[2]], [1, x.shape[2]], 'valid')
    const [h, w] = [column.shape[1], column.shape[2]]
    const size = Math.max(h, w)
    const [top, left] = [(size - h) >> 1, (size - w) >> 1]
    const around = [
      [0, 0],
      [top, size - h - top],
      [left, size - w - left],
      [0, 0],
    ] as [number, number][]
    return tf.pad(column, around)
  }
  const model = (x: tf.Tensor) => squared(inWindows(mirrored(x as tf.Tensor4D)) as tf.Tensor4D)
  const shapes = [
    [1, 9, 4, 2],
    [1, 31, 2, 2],
    [2, 12, 12, 2],
  ].map((shape) => [shape])
  await check(model, { x: { shape: [null, null, null, 2] } }, shapes)
})

for (const kind of ['gru', 'lstm', 'simpleRNN'] as const) {
  some(`${kind} with its state in and out, and a decoder of another length`, async () => {
    const steps = tf.input({ shape: [null, 3] as never })
    const states = Array.from({ length: kind === 'lstm' ? 2 : 1 }, () => tf.input({ shape: [4] }))
    const make = layers[kind] as (args: object) => tf.layers.Layer
    const options = { units: 4, returnState: true, returnSequences: true }
    const all = make(options).apply(steps, { initialState: states }) as tf.SymbolicTensor[]
    const inputs = [steps, ...states]
    const shapes = states.map(() => [2, 4])
    await check(tf.model({ inputs, outputs: all }), undefined, [
      [[2, 5, 3], ...shapes],
      [[2, 300, 3], ...shapes],
    ])
    const other = tf.input({ shape: [null, 2] as never })
    const [, ...last] = make(options).apply(steps) as tf.SymbolicTensor[]
    const decoder = make({ units: 4, returnSequences: true })
    const decoded = decoder.apply(other, { initialState: last }) as tf.SymbolicTensor
    await check(tf.model({ inputs: [steps, other], outputs: decoded }), undefined, [
      [
        [2, 5, 3],
        [2, 9, 2],
      ],
      [
        [1, 40, 3],
        [1, 1, 2],
      ],
    ])
  })
}

test('an output that is an input, one under its name, and one that is listed twice', async () => {
  const names = await check(
    (x) => ({ x: x!, x_output: tf.neg(x!), y: tf.abs(x!) }),
    { x: { shape: [null, 3] } },
    [[[2, 3]]],
  )
  assert.equal(
    names.outputs.map(({ name }) => name),
    ['x_output2', 'x_output', 'y'],
  )
  const x = tf.input({ shape: [3] })
  const y = layers.dense({ units: 2 }).apply(x) as tf.SymbolicTensor
  const twice = await exportOnnx(tf.model({ inputs: x, outputs: [y, y] }))
  assert.equal(
    twice.report.file.outputs.map(({ name }) => name),
    ['output1', 'output2'],
  )
})

test.run()
