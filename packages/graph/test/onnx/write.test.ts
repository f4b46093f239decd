import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  constant,
  createValue,
  emptyGraph,
  filled,
  freeSize,
  type Graph,
  type Node,
} from '../../src/ir/index.ts'
import { OnnxBuilder } from '../../src/lower/builder.ts'
import { nameValues, outputName } from '../../src/onnx/names.ts'
import { onnx } from '../../src/onnx/proto.ts'
import { modelProto, writeOnnx } from '../../src/onnx/write.ts'

const test = suite('ONNX files')

/** y = x * w + 1 in a layer `dense`. */
function create(): Graph {
  const graph = emptyGraph()
  const x = createValue([freeSize('batch', [2, 3]), 2], 'float32', { name: 'x' })
  graph.inputs.push({ name: 'x', value: x, state: false })
  const builder = new OnnxBuilder(graph)
  builder.scope = 'dense'
  const w = constant(Float32Array.of(1.5, -2), [2], 'float32')
  w.name = 'dense.kernel'
  const y = builder.add(builder.mul(x, w), builder.scalar(1))
  y.name = 'dense'
  graph.outputs.push({ name: 'y', value: y, state: false })
  return graph
}

const decode = (bytes: Uint8Array) => onnx.ModelProto.decode(bytes)

test('say what they are', () => {
  const metadata = { experiment: 'mnist', seed: '1' }
  const model = decode(writeOnnx(create(), { opset: 17, name: 'net', metadata }))
  assert.is(model.producerName, 'ashlar')
  assert.is(model.graph!.name, 'net')
  assert.equal(
    model.opsetImport.map(({ domain, version }) => [domain, Number(version)]),
    [['', 17]],
  )
  assert.equal(
    Object.fromEntries(model.metadataProps.map(({ key, value }) => [key, value])),
    metadata,
  )
})

test('name the batch, layers, weights and nodes', () => {
  const { graph } = decode(writeOnnx(create(), { opset: 17 }))
  const [batch, size] = graph!.input![0]!.type!.tensorType!.shape!.dim!
  assert.is(batch!.dimParam, 'batch')
  assert.is(Number(size!.dimValue), 2)
  assert.equal(
    graph!.initializer!.map(({ name }) => name),
    ['dense.kernel', 'dense/Add.1'],
  )
  assert.equal(
    graph!.node!.map(({ name, output }) => [name, output![0]]),
    [
      ['dense/Mul_0', 'dense/Mul'],
      ['dense/Add_1', 'y'],
    ],
  )
})

test('hold weights as raw data', () => {
  const [weights] = decode(writeOnnx(create(), { opset: 17 })).graph!.initializer!
  const { rawData, dims } = weights!
  const copy = Uint8Array.from(rawData as Uint8Array)
  assert.equal([...new Float32Array(copy.buffer)], [1.5, -2])
  assert.equal(dims!.map(Number), [2])
})

test('name every value once', () => {
  const graph = emptyGraph()
  const x = createValue([2], 'float32')
  graph.inputs.push({ name: 'x', value: x, state: false })
  const builder = new OnnxBuilder(graph)
  const values = [1, 2, 3].map(() => builder.unary('Relu', x))
  graph.outputs.push({ name: 'x', value: values[0]!, state: false })
  const names = nameValues(graph)
  assert.equal(
    [x, ...values].map((value) => names.get(value)),
    ['x', 'x_2', 'Relu', 'Relu_2'],
  )
  assert.is(outputName({ name: 'w', state: true }), 'next.w')
})

test('know attributes that are floats from those that are whole', () => {
  const graph = emptyGraph()
  const x = createValue([2], 'float32')
  graph.inputs.push({ name: 'x', value: x, state: false })
  const attrs = { alpha: 1, axis: 1, mode: 'linear', flag: true, sizes: [1, 2], shares: [0.5, 1] }
  const y = new OnnxBuilder(graph).node('Any', [x, undefined], attrs, x)
  graph.outputs.push({ name: 'y', value: y, state: false })
  const { node } = modelProto(graph, { opset: 17 }).graph!
  const types = Object.fromEntries(node![0]!.attribute!.map(({ name, type }) => [name, type]))
  const { FLOAT, INT, STRING, INTS, FLOATS } = onnx.AttributeProto.AttributeType
  assert.equal(types, {
    alpha: FLOAT,
    axis: INT,
    mode: STRING,
    flag: INT,
    sizes: INTS,
    shares: FLOATS,
  })
  assert.equal(node![0]!.input, ['x', ''], 'a missing input is an empty name')
})

test('refuse what ONNX cannot hold', () => {
  const graph = create()
  const node = graph.nodes[0]! as { -readonly [K in keyof Node]: Node[K] }
  node.attrs = { strange: freeSize('odd', [1, 2]) }
  assert.throws(() => writeOnnx(graph, { opset: 17 }), /attribute strange of Mul has no ONNX form/)
  const short = create()
  short.nodes[0]!.inputs[1] = constant(Float32Array.of(1), [2], 'float32')
  assert.throws(() => writeOnnx(short, { opset: 17 }), /has 1 elements for shape \[2\]/)
})

test('write constants of one number in full', () => {
  const graph = create()
  graph.nodes[0]!.inputs[1] = filled(2, [2], 'float32')
  const { initializer } = decode(writeOnnx(graph, { opset: 17 })).graph!
  const copy = Uint8Array.from(initializer![0]!.rawData as Uint8Array)
  assert.equal([...new Float32Array(copy.buffer)], [2, 2])
})

test.run()
