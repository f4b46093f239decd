import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { mismatch } from '../../src/failure.ts'
import { type BuiltGraph, buildGraph, serialize } from '../../src/file/build.ts'
import { openSource } from '../../src/source/open.ts'
import { onReference, referenceBackends } from '../../src/verify/reference.ts'
import { verify } from '../../src/verify/verify.ts'
import { tinyNet } from '../support/models.ts'

const test = suite('verify')

/** A file whose constant at `index` of that node is damaged. */
function damaged(built: BuiltGraph, op: string, input: number): Uint8Array {
  const node = built.graph.nodes.find((each) => each.op === op)!
  const value = node.inputs[input]!
  value.data = (value.data as Float32Array).map((each, index) => each + 0.01 * index)
  return serialize(built, { opset: 17 })
}

test('a file that differs is not passed, and the layer is named', async () => {
  const source = openSource(tinyNet())
  const built = await buildGraph(source, 17, 'nhwc')
  const bytes = damaged(built, 'Conv', 1)
  const verification = await verify({ file: { bytes }, source, cost: built.cost })
  assert.not(verification.passed)
  assert.equal(
    verification.layers!.map(({ layer, passed }) => `${layer} ${passed}`),
    ['norm false', 'pool false', 'head (output output) false'],
  )
  const error = mismatch('export of TinyNet', verification, 'Do this.')
  assert.match(
    error.message,
    /^export of TinyNet: the file must equal the model, but output output differs by \S+ on random inputs of batch 1 where \S+ is allowed\n {2}The first layer that differs is norm:\n {2}! norm +\S+ \(allowed \S+\)\n/,
  )
  assert.match(error.message, /The model was run by TensorFlow\.js on \w+\. Do this\.$/)
  assert.is(error.cause, verification)
})

test('layers before the first that differs are shown as equal', async () => {
  const source = openSource(tinyNet())
  const built = await buildGraph(source, 17, 'nhwc')
  const bytes = damaged(built, 'Gemm', 1)
  const verification = await verify({ file: { bytes }, source, cost: built.cost })
  assert.equal(
    verification.layers!.map(({ layer, passed }) => `${layer} ${passed}`),
    ['norm true', 'pool true', 'head (output output) false'],
  )
})

test('every backend comes to the same', async () => {
  for (const backend of referenceBackends) {
    if (!(await backend.prepare())) continue
    const source = openSource(tinyNet())
    const built = await buildGraph(source, 17, 'nhwc')
    const bytes = serialize(built, { opset: 17 })
    const options = { file: { bytes }, source, cost: built.cost, backends: [backend] }
    const { passed, reference } = await verify(options)
    assert.ok(passed)
    assert.is(reference.backend, backend.name)
  }
})

test('a backend that lacks a kernel is passed over, and the one before is put back', async () => {
  await tf.setBackend('cpu')
  const [, wasm, cpu] = referenceBackends
  const result = await onReference(
    (backend, passedOver) => {
      if (backend.name === 'wasm') throw new Error('no such kernel')
      return Promise.resolve([backend.name, ...passedOver])
    },
    [wasm!, cpu!],
  )
  assert.equal(result, ['cpu', 'wasm: no such kernel'])
  assert.is(tf.getBackend(), 'cpu')
})

test.run()
