import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { allClose } from '@ashlar/core/testing'
import { onnx } from '@ashlar/graph'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { half } from '../../src/file/tensor.ts'
import { loadOnnx } from '../../src/index.ts'
import { makeOnnx, numbers, runBytes, weight, withFile } from '../support/make-onnx.ts'

const test = suite('what ONNX files hold')

const dense = () =>
  makeOnnx({
    inputs: { x: ['batch', 4] },
    outputs: ['y'],
    weights: { 'a.w': weight([4, 3], 1) },
    nodes: [{ op: 'MatMul', inputs: ['x', 'a.w'], outputs: ['y'] }],
  })

const data = numbers(8, 3)
const applied = (model: { apply(x: tf.Tensor): tf.Tensor }) =>
  tf.tidy(() => Array.from(model.apply(tf.tensor(data, [2, 4])).dataSync()))

test('weights in a file beside the model', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ashlar-external-'))
  try {
    const model = onnx.ModelProto.decode(dense())
    const tensor = model.graph!.initializer![0]!
    await writeFile(join(folder, 'weights.bin'), Buffer.concat([Buffer.alloc(16), tensor.rawData!]))
    const place = { location: 'weights.bin', offset: '16', length: '48' }
    const outside = (location: string) => {
      tensor.rawData = new Uint8Array()
      tensor.dataLocation = onnx.TensorProto.DataLocation.EXTERNAL
      tensor.externalData = Object.entries({ ...place, location }).map(([key, value]) => ({
        key,
        value,
      }))
      return onnx.ModelProto.encode(model).finish()
    }
    const path = join(folder, 'model.onnx')
    await writeFile(path, outside('weights.bin'))
    const [wanted] = await runBytes(dense(), { x: { shape: [2, 4], data } })
    allClose(applied(await loadOnnx(path)), wanted!.data)
    await writeFile(path, outside('../weights.bin'))
    try {
      await loadOnnx(path)
      assert.unreachable()
    } catch (error) {
      assert.match(
        (error as Error).message,
        /must lie beside the model, not at "\.\.\/weights\.bin"/,
      )
    }
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('halves are float32, and it says so', async () => {
  const model = onnx.ModelProto.decode(dense())
  const tensor = model.graph!.initializer![0]!
  const bits = Uint16Array.from([
    0x3c00, 0xbc00, 0x3555, 0x0001, 0x7bff, 0x8000, 0x4000, 0x3800, 0x2e66, 0xb800, 0x4200, 0x0400,
  ])
  tensor.dataType = onnx.TensorProto.DataType.FLOAT16
  tensor.rawData = new Uint8Array(bits.buffer)
  await withFile(onnx.ModelProto.encode(model).finish(), async (path) => {
    const loaded = await loadOnnx(path)
    const [kernel] = loaded.namedWeights()
    assert.equal(Array.from(kernel!.variable.dataSync()), [
      ...[1, -1, 0.333251953125, 2 ** -24, 65504, -0, 2, 0.5],
      ...[0.0999755859375, -0.5, 3, 2 ** -14],
    ])
    assert.equal(loaded.notes, ['Weights of float16 are float32 here.'])
  })
})

test('every half is the number that it says', () => {
  // An independent way: by the bits of a float32.
  const view = new DataView(new ArrayBuffer(4))
  for (let bits = 0; bits < 65536; bits += 7) {
    const [sign, exponent, fraction] = [bits >> 15, (bits >> 10) & 31, bits & 1023]
    if (exponent === 0) continue
    const wide = exponent === 31 ? 255 : exponent - 15 + 127
    view.setUint32(0, ((sign << 31) | (wide << 23) | (fraction << 13)) >>> 0)
    assert.ok(Object.is(half(bits), view.getFloat32(0)), `${bits}`)
  }
})

test('functions of the file, in functions', async () => {
  const model = onnx.ModelProto.decode(dense())
  const node = (opType: string, input: string[], output: string[], domain = '') =>
    onnx.NodeProto.create({ opType, input, output, domain, name: opType })
  const fn = (name: string, nodes: ReturnType<typeof node>[]) => ({
    ...{ name, domain: 'own', input: ['a'], output: ['b'], node: nodes },
    opsetImport: [{ domain: '', version: 17 }],
  })
  model.graph!.node = [node('MatMul', ['x', 'a.w'], ['m']), node('Twice', ['m'], ['y'], 'own')]
  model.opsetImport = [
    ...model.opsetImport!,
    onnx.OperatorSetIdProto.create({ domain: 'own', version: 1 }),
  ]
  const functions = [
    fn('Twice', [node('Once', ['a'], ['i'], 'own'), node('Once', ['i'], ['b'], 'own')]),
    fn('Once', [node('Relu', ['a'], ['r']), node('Add', ['r', 'a'], ['b'])]),
  ]
  const withFunctions = (list: object[]) =>
    onnx.ModelProto.encode({ ...model, functions: list } as never).finish()
  const [plain] = await runBytes(dense(), { x: { shape: [2, 4], data } })
  const once = (value: number) => Math.max(0, value) + value
  await withFile(withFunctions(functions), async (path) => {
    allClose(
      applied(await loadOnnx(path)),
      Array.from(plain!.data, (value) => once(once(value))),
    )
  })
  await withFile(
    withFunctions([fn('Twice', [node('Twice', ['a'], ['b'], 'own')])]),
    async (path) => {
      try {
        await loadOnnx(path)
        assert.unreachable()
      } catch (error) {
        assert.match((error as Error).message, /Function Twice calls itself/)
      }
    },
  )
})

test('a loop whose rounds are known, and a choice that is not', async () => {
  const { AttributeType } = onnx.AttributeProto
  const port = (name: string, elemType = 1) => ({
    name,
    type: { tensorType: { elemType, ...(elemType !== 1 && { shape: {} }) } },
  })
  const n = (opType: string, input: string[], output: string[], attribute: object[] = []) => ({
    ...{ opType, input, output, attribute, name: `${opType}_${output[0]}` },
  })
  const branch = (op: string) => ({
    name: op,
    node: [n(op, ['x'], [`${op}.y`])],
    output: [port(`${op}.y`)],
  })
  const body = {
    name: 'body',
    input: [port('i', 7), port('c', 9), port('s')],
    output: [port('c.next', 9), port('s.next'), port('scan')],
    node: [
      n('Identity', ['c'], ['c.next']),
      n('Add', ['s', 'x'], ['s.next']),
      n('Identity', ['s.next'], ['scan']),
    ],
  }
  const int = (name: string, value: number) => ({
    ...{
      name,
      dims: [],
      dataType: 7,
      rawData: new Uint8Array(BigInt64Array.of(BigInt(value)).buffer),
    },
  })
  const yes = { name: 'yes', dims: [], dataType: 9, rawData: Uint8Array.of(1) }
  const zero = { name: 'zero', dims: [], dataType: 1, rawData: new Uint8Array(4) }
  const bytes = onnx.ModelProto.encode({
    irVersion: 8,
    opsetImport: [{ domain: '', version: 17 }],
    graph: {
      name: 'made',
      initializer: [int('rounds', 3), yes, zero],
      input: [
        {
          name: 'x',
          type: {
            tensorType: { elemType: 1, shape: { dim: [{ dimParam: 'n' }, { dimValue: 4 }] } },
          },
        },
      ],
      output: [port('y')],
      node: [
        n(
          'Loop',
          ['rounds', 'yes', 'x'],
          ['end', 'all'],
          [{ name: 'body', type: AttributeType.GRAPH, g: body }],
        ),
        n('ReduceSum', ['end'], ['sum'], [{ name: 'keepdims', type: AttributeType.INT, i: 0 }]),
        n('Greater', ['sum', 'zero'], ['test']),
        n(
          'If',
          ['test'],
          ['chosen'],
          [
            { name: 'then_branch', type: AttributeType.GRAPH, g: branch('Neg') },
            { name: 'else_branch', type: AttributeType.GRAPH, g: branch('Exp') },
          ],
        ),
        n('Add', ['chosen', 'end'], ['y']),
      ],
    },
  } as never).finish()
  await withFile(bytes, async (path) => {
    const { exportOnnx } = await import('@ashlar/export')
    const model = await loadOnnx(path)
    const { bytes: again } = await exportOnnx(model, {})
    for (const sign of [1, -1]) {
      const feed = {
        x: { shape: [2, 4], data: numbers(8, 2).map((each) => sign * Math.abs(each)) },
      }
      const [[wanted], [found]] = [await runBytes(bytes, feed), await runBytes(again, feed)]
      allClose(found!.data, wanted!.data)
    }
  })
})

test('outputs of text are left out, and told', async () => {
  const model = onnx.ModelProto.decode(dense())
  const graph = model.graph!
  const names = ['a', 'b', 'c'].map((each) => new TextEncoder().encode(each))
  const text = 8
  graph.initializer!.push(
    onnx.TensorProto.create({ name: 'names', dims: [3], dataType: text, stringData: names }),
  )
  graph.node!.push(
    onnx.NodeProto.create({
      opType: 'ArgMax',
      input: ['y'],
      output: ['at'],
      attribute: [{ name: 'axis', type: 2, i: 1 }],
    }),
    onnx.NodeProto.create({ opType: 'Gather', input: ['names', 'at'], output: ['label'] }),
  )
  const type = { tensorType: { elemType: text } }
  graph.output!.push(onnx.ValueInfoProto.create({ name: 'label', type }))
  const [wanted] = await runBytes(dense(), { x: { shape: [2, 4], data } })
  const bytes = onnx.ModelProto.encode(model).finish()
  await withFile(bytes, async (path) => {
    const loaded = await loadOnnx(path)
    allClose(applied(loaded), wanted!.data)
    assert.equal(loaded.notes, ['Outputs of text are left out: label.'])
  })
})

test.run()
