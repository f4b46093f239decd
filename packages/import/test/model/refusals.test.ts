import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadOnnx } from '../../src/index.ts'
import { type MadeModel, makeOnnx, weight, withFile } from '../support/make-onnx.ts'

const test = suite('ONNX files that are refused')

async function refusalOf(model: MadeModel | Uint8Array): Promise<string> {
  const bytes = model instanceof Uint8Array ? model : makeOnnx(model)
  return withFile(bytes, async (path) => {
    try {
      await loadOnnx(path)
    } catch (error) {
      return (error as Error).message.replaceAll(path, 'FILE')
    }
    return 'it was not refused'
  })
}

const node = (op: string, more: object = {}) => ({
  op,
  name: `n/${op}`,
  inputs: ['x'],
  outputs: [`${op}.y`],
  ...more,
})

test('all operators that are not known come in one message, each with its node and what to do', async () => {
  const message = await refusalOf({
    inputs: { x: ['batch', 4] },
    outputs: ['TfIdfVectorizer.y', 'Mine.y', 'MatMulNBits.y', 'PagedAttention.y', 'Relu.y'],
    nodes: [
      node('TfIdfVectorizer'),
      node('Mine', { domain: 'my.ops' }),
      node('Mine', { domain: 'my.ops', name: 'again', outputs: ['other'] }),
      node('MatMulNBits', { domain: 'com.microsoft', attributes: { K: 4, N: 4 } }),
      node('PagedAttention', { domain: 'com.microsoft' }),
      node('Relu'),
    ],
  })
  assert.match(message, /FILE: every node must have a meaning in TensorFlow\.js; these have none/)
  assert.match(
    message,
    /n\/TfIdfVectorizer: TfIdfVectorizer is not known; export the network again without it/,
  )
  assert.match(
    message,
    /n\/Mine: my\.ops\.Mine is not known; export the network again with the standard operators that Mine is made of/,
  )
  assert.match(
    message,
    /n\/MatMulNBits: com\.microsoft\.MatMulNBits can't be: its weights are packed in blocks of a few bits/,
  )
  assert.match(message, /PagedAttention is not known; it is one of onnxruntime's own/)
  assert.not.match(message, /Relu/)
})

test('attributes that would change what is computed', async () => {
  const message = await refusalOf({
    inputs: { x: ['batch', 4] },
    outputs: ['Relu.y'],
    nodes: [node('Relu', { attributes: { steepness: 3 } })],
  })
  assert.match(message, /n\/Relu: Relu has an attribute steepness that is not known/)
})

test('a shape that follows from the numbers of an input', async () => {
  const message = await refusalOf({
    inputs: { x: ['batch', 4] },
    outputs: ['y'],
    nodes: [
      { op: 'Cast', name: 'c', inputs: ['x'], outputs: ['i'], attributes: { to: 7 } },
      {
        op: 'ReduceMax',
        name: 'm',
        inputs: ['i'],
        outputs: ['k'],
        attributes: { axes: [0], keepdims: 0 },
      },
      { op: 'Reshape', name: 'r', inputs: ['x', 'k'], outputs: ['y'] },
    ],
  })
  assert.match(
    message,
    /r \(Reshape\): the shape must be known before the network runs, and it is computed from the numbers of an input/,
  )
})

test('weights that are inputs', async () => {
  const message = await refusalOf({
    inputs: { x: ['batch', 3, 4, 4], w: [2, 3, 3, 3] },
    outputs: ['y'],
    nodes: [{ op: 'Conv', name: 'c', inputs: ['x', 'w'], outputs: ['y'] }],
  })
  assert.match(message, /FILE: the weights must be in the file: c \(Conv\) takes "w" as an input/)
})

test('nodes out of order', async () => {
  const message = await refusalOf({
    inputs: { x: ['batch', 4] },
    outputs: ['y'],
    nodes: [
      { op: 'Relu', name: 'late', inputs: ['z'], outputs: ['y'] },
      { op: 'Neg', name: 'early', inputs: ['x'], outputs: ['z'] },
    ],
  })
  assert.match(message, /late \(Relu\): its input "z" must be computed before it/)
})

const small: MadeModel = {
  inputs: { x: ['batch', 4] },
  outputs: ['y'],
  weights: { w: weight([4, 4]) },
  nodes: [{ op: 'MatMul', name: 'm', inputs: ['x', 'w'], outputs: ['y'] }],
}

test('files cut off anywhere, or with any byte changed, have one clear error or are models', async () => {
  const bytes = makeOnnx(small)
  for (let end = 0; end < bytes.length; end += 7) {
    const message = await refusalOf(bytes.slice(0, end))
    assert.match(message, /^(FILE|it was not|[^\n]{1,60}):? /, `cut at ${end}: ${message}`)
  }
  for (let at = 0; at < bytes.length; at += 3) {
    const changed = bytes.slice()
    changed[at]! ^= 0xff
    const message = await refusalOf(changed)
    assert.not.match(message, /is not a function|Cannot read|undefined/, `byte ${at}: ${message}`)
  }
})

test.run()
