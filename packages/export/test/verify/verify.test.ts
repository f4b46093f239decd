import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { mismatch } from '../../src/failure.ts'
import { type BuiltGraph, buildGraph, serialize } from '../../src/file/build.ts'
import { openSource } from '../../src/source/open.ts'
import { BackendError, onReference, referenceBackends } from '../../src/verify/reference.ts'
import { verify } from '../../src/verify/verify.ts'
import { tinyNet } from '../support/models.ts'
import { refusal } from '../support/refusal.ts'

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

const [, wasm, cpu] = referenceBackends

test('a backend that lacks a kernel is passed over, and the one before is put back', async () => {
  await tf.setBackend('cpu')
  const result = await onReference(
    (backend, passedOver) => {
      if (backend.name !== 'wasm') return Promise.resolve({ result: [backend.name, ...passedOver] })
      throw new BackendError('no', { cause: new Error('no such kernel') })
    },
    [wasm!, cpu!],
  )
  assert.equal(result, ['cpu', 'wasm: no such kernel'])
  assert.is(tf.getBackend(), 'cpu')
})

test('a backend that broke down is replaced, and what lives there is kept', async () => {
  await wasm!.prepare()
  await tf.setBackend('wasm')
  const weights = tf.variable(tf.tensor1d([1, 2, 3]))
  await tf.setBackend('cpu')
  const found = await onReference(
    (backend) => {
      if (backend.name !== 'wasm') return Promise.resolve({ result: [...weights.dataSync()] })
      const cause = Object.assign(new Error('memory access out of bounds'), {
        name: 'RuntimeError',
      })
      tf.backend().disposeData = () => {
        throw cause
      }
      throw new BackendError('no', { cause })
    },
    [wasm!, cpu!],
  )
  assert.equal(found, [1, 2, 3])
  assert.equal([...tf.add(weights, 1).dataSync()], [2, 3, 4])
  weights.dispose()
  await tf.setBackend('wasm')
  assert.equal([...tf.add(tf.tensor1d([1]), 1).dataSync()], [2])
  await tf.setBackend('cpu')
})

test('no batch holds more than the backend may', async () => {
  const source = openSource(tinyNet())
  const built = await buildGraph(source, 17, 'nhwc')
  assert.ok(built.memory > 8 * 8 * 4 * 4 * 2, 'of a convolution and its norm, at least')
  const file = { bytes: serialize(built, { opset: 17 }) }
  for (const [memory, batches] of [
    [wasm!.memory / 4, [1, 2, 2, 2, 4]],
    [wasm!.memory * 2, [1, 2, 2, 2]],
    [wasm!.memory / 9, [1, 2, 2, 2, 7, 9]],
  ] as const) {
    const { cases } = await verify({ file, source, cost: 1, memory, backends: [wasm!] })
    assert.equal(
      cases.map(({ batch }) => batch),
      batches,
    )
  }
})

test('a result that is in doubt is kept only when no other is better', async () => {
  const both = [wasm!, cpu!]
  const answer = (doubts: readonly string[]) =>
    onReference(
      async ({ name }) => ({ result: name, doubt: doubts.includes(name) ? 'odd' : undefined }),
      both,
    )
  assert.is(await answer([]), 'wasm')
  assert.is(await answer(['wasm']), 'cpu')
  assert.is(await answer(['wasm', 'cpu']), 'wasm')
})

test('a model that runs nowhere is refused with the reasons', async () => {
  const { message } = await refusal(() =>
    onReference(
      ({ name }) => Promise.reject(new BackendError('no', { cause: new Error(`not on ${name}`) })),
      [wasm!, cpu!],
    ),
  )
  assert.is(
    message,
    'TensorFlow.js: the model must run, to be held against its file\n  wasm: not on wasm\n  cpu: not on cpu',
  )
})

test('kernels that wasm computes wrong are held against the next backend', async () => {
  // wasm 4.22 begins the maximum at the smallest positive number.
  const network = tf.sequential({
    layers: [tf.layers.maxPooling3d({ poolSize: 2, inputShape: [4, 4, 4, 1] })],
  })
  const source = openSource(network)
  const built = await buildGraph(source, 17, 'nhwc')
  const bytes = serialize(built, { opset: 17 })
  const options = { file: { bytes }, source, cost: built.cost, backends: [wasm!, cpu!] }
  const { passed, reference } = await verify(options)
  assert.ok(passed)
  assert.is(reference.backend, 'cpu')
  assert.match(reference.passedOver[0]!, /^wasm: differs from the file by /)
})

test('extreme inputs that a model cannot take are left out, those that only its file cannot take are not', async () => {
  const table = tf.tensor1d([1, 2, 3, 4])
  // Indices from 0 to 3 for numbers from -3 to 3; 100 points nowhere.
  const look = (x: tf.Tensor) => {
    const places = tf.cast(tf.minimum(tf.abs(x), x), 'int32')
    return tf.gatherND(table, tf.expandDims(tf.abs(places), -1))
  }
  const source = openSource(look, { inputs: { x: { shape: [null, 2] } } })
  const built = await buildGraph(source, 17, 'nhwc')
  const bytes = serialize(built, { opset: 17 })
  const { passed, cases } = await verify({ file: { bytes }, source, cost: built.cost })
  assert.ok(passed)
  const outside = cases.filter(({ isOutside }) => isOutside)
  assert.equal(
    outside.map(({ inputs }) => inputs),
    ['extreme'],
  )
})

test.run()
