import * as tf from '@tensorflow/tfjs'
import * as ort from 'onnxruntime-node'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  createValue,
  type Dim,
  emptyGraph,
  floorDiv,
  freeSize,
  larger,
  minus,
  plus,
  remainder,
  smaller,
  times,
  type Value,
} from '../../src/ir/index.ts'
import { OnnxBuilder } from '../../src/lower/builder.ts'
import { writeOnnx } from '../../src/onnx/write.ts'
import { createSession } from '../../src/session/session.ts'

await tf.setBackend('cpu')

const test = suite('ONNX builder')

/** A builder of a graph with an input `x` of this shape. */
function create(shape: readonly Dim[] = [2, 3, 4]) {
  const graph = emptyGraph()
  const x = createValue(shape, 'float32', { name: 'x' })
  graph.inputs.push({ name: 'x', value: x, state: false })
  return { graph, x, builder: new OnnxBuilder(graph) }
}

/** Runs the graph at a size and returns what `y` gives, as numbers. */
async function run({ graph }: ReturnType<typeof create>, y: Value, shape: readonly number[]) {
  graph.outputs = [{ name: 'y', value: y, state: false }]
  const session = await createSession(writeOnnx(graph, { opset: 17 }))
  const size = shape.reduce((product, each) => product * each, 1)
  const data = Float32Array.from({ length: size }, (_, index) => index)
  const { y: result } = await session.run({ x: new ort.Tensor('float32', data, shape) })
  await session.release()
  return { dims: [...result!.dims], data: Array.from(result!.data as Float32Array, Number) }
}

test('makes equal constants once', () => {
  const { builder } = create()
  assert.is(builder.scalar(1), builder.scalar(1))
  assert.is.not(builder.scalar(1), builder.scalar(1, 'int32'))
  assert.is(builder.ints([1, 2]), builder.ints([1, 2]))
  assert.is(builder.full(2, [3]), builder.full(2, [3]))
  assert.is.not(builder.full(2, [3]), builder.full(2, [3], 'int32'))
})

test('leaves out what changes nothing', () => {
  const { builder, x, graph } = create()
  assert.is(builder.cast(x, 'float32'), x)
  assert.is(builder.transpose(x, [0, 1, 2]), x)
  assert.is(builder.reshape(x, [2, 3, 4]), x)
  assert.equal(graph.nodes, [])
  const flat = builder.reshape(builder.reshape(x, [6, 4]), [24])
  assert.is(flat.node!.inputs[0], x)
})

test('works out shapes', () => {
  const { builder, x } = create()
  assert.equal(builder.transpose(x, [2, 0, 1]).shape, [4, 2, 3])
  assert.equal(builder.gather(x, builder.ints([0, 1, 1]), 1).shape, [2, 3, 4])
  assert.equal(builder.concat([x, x], -1).shape, [2, 3, 8])
  assert.equal(builder.matMul(x, builder.full(0, [4, 5])).shape, [2, 3, 5])
  assert.equal(builder.reduce('ReduceSum', x, [1], false).shape, [2, 4])
  assert.equal(builder.reduce('ReduceMax', x, [1], true).shape, [2, 1, 4])
  assert.equal(
    builder.where(builder.full(1, [3, 1], 'bool'), x, builder.scalar(0)).shape,
    [2, 3, 4],
  )
})

test('says which shapes do not broadcast, and in which layer', () => {
  const { builder, x } = create()
  builder.scope = 'block.add'
  assert.throws(
    () => builder.add(x, builder.full(0, [5])),
    /block\.add \(Add\): shapes must broadcast, got "?\[2, 3, 4\] and \[5\]/,
  )
})

const batch = freeSize('batch', [2, 3])

for (const [name, shape, expected] of [
  ['flattened behind the batch', [batch, 12], (size: number) => [size, 12]],
  ['with the batch in the middle', [3, batch, 4], (size: number) => [3, size, 4]],
  ['into the batch', [times(3, batch), 4], (size: number) => [3 * size, 4]],
  ['with a multiple of the batch behind', [2, times(6, batch)], (size: number) => [2, 6 * size]],
] as const) {
  test(`reshapes a batch that varies, ${name}`, async () => {
    for (const size of [2, 5]) {
      const built = create([batch, 3, 4])
      const { dims } = await run(built, built.builder.reshape(built.x, shape), [size, 3, 4])
      assert.equal(dims, expected(size))
    }
  })
}

test('computes sizes that follow from inputs', async () => {
  const [height, columns] = [freeSize('height', [64, 96]), freeSize('columns', [5, 3])]
  const sizes: readonly (readonly [Dim, (h: number, w: number) => number])[] = [
    [minus(floorDiv(height, 2), 1), (h) => Math.floor(h / 2) - 1],
    [times(height, columns, 2), (h, w) => 2 * h * w],
    [remainder(times(height, -1), 32), (h) => (32 - (h % 32)) % 32],
    [floorDiv(minus(columns, height), 3), (h, w) => Math.floor((w - h) / 3)],
    [smaller(height, plus(columns, 9)), (h, w) => Math.min(h, w + 9)],
    [larger(0, minus(columns, 12)), (_, w) => Math.max(0, w - 12)],
    [minus(3, height), (h) => 3 - h],
    [floorDiv(times(height, height), columns), (h, w) => Math.floor((h * h) / w)],
  ]
  for (const [h, w] of [
    [20, 7],
    [33, 14],
    [1, 40],
  ] as const) {
    // The columns are known by twice as many and one.
    const built = create([height, plus(times(2, columns), 1)])
    const y = built.builder.shape(sizes.map(([size]) => size))
    const expected = sizes.map(([, value]) => value(h, w))
    assert.equal((await run(built, y, [h, 2 * w + 1])).data, expected)
  }
})

test('reduces in front of axes of one, which it leaves out meanwhile', async () => {
  for (const [shape, axes] of [
    [[2, 3, 1], [1]],
    [
      [2, 3, 1, 1],
      [0, 1],
    ],
    [[2, 3, 1], [0]],
    [
      [2, 3, 1],
      [1, 2],
    ],
    [[1, 1, 3, 1], [2]],
    [[1, 1], [0]],
    [[2, 1, 3], [1]],
  ] as const) {
    for (const keepDims of [true, false]) {
      for (const op of ['ReduceSum', 'ReduceMax', 'ReduceMean']) {
        const made = create(shape)
        const y = made.builder.reduce(op, made.x, axes, keepDims)
        const { dims, data } = await run(made, y, shape)
        const expected = tf.tidy(() => {
          const size = shape.reduce<number>((product, each) => product * each, 1)
          const x = tf.reshape(tf.range(0, size), [...shape])
          const of = { ReduceSum: tf.sum, ReduceMax: tf.max, ReduceMean: tf.mean }[op]!
          const result = of(x, [...axes], keepDims)
          return { dims: result.shape, data: [...result.dataSync()] }
        })
        assert.equal({ dims, data }, expected, `${op} of ${shape} over ${axes}`)
        // Never over an axis in front of nothing but ones.
        for (const node of made.graph.nodes.filter((each) => each.op === op)) {
          const reduced = node.inputs[0]!.shape
          const last = reduced.findLastIndex((size) => size !== 1)
          assert.ok(
            !axes.includes(last as never) ||
              last === reduced.length - 1 ||
              axes.some((axis) => axis > last),
          )
        }
      }
    }
  }
})

test('refuses a size that follows from nothing', () => {
  const { builder } = create([batch, 4])
  const other = freeSize('found', [5, 50])
  assert.throws(
    () => builder.size(other as typeof batch),
    /a size that varies must follow from sizes of the inputs, got "?found/,
  )
  assert.throws(() => builder.ints([Number.NaN]), /sizes and places must be whole numbers/)
})

test('makes tensors of one number as large as a batch', async () => {
  const built = create([batch, 3])
  const y = built.builder.add(built.x, built.builder.full(10, [batch, 3]))
  assert.equal((await run(built, y, [1, 3])).data, [10, 11, 12])
})

test.run()
