import { ConfigError } from '@ashlar/errors'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { tritonConfig } from '../../src/deploy/triton-config.ts'

const test = suite('config.pbtxt')
const model = {
  name: 'digits',
  file: 'model.onnx',
  inputs: [{ name: 'input', dtype: 'float32', shape: ['batch', 28, 28, 1] }],
  outputs: [{ name: 'output', dtype: 'float32', shape: ['batch', 10] }],
}

test('a model that takes batches: shapes without the batch, and dynamic batching', () => {
  assert.is(
    tritonConfig({ ...model, labels: ['zero'] }),
    `name: "digits"
backend: "onnxruntime"
max_batch_size: 64
input [
  {
    name: "input"
    data_type: TYPE_FP32
    dims: [ 28, 28, 1 ]
  }
]
output [
  {
    name: "output"
    data_type: TYPE_FP32
    dims: [ 10 ]
    label_filename: "labels.txt"
  }
]
dynamic_batching {
  max_queue_delay_microseconds: 500
}
instance_group [ { count: 1 kind: KIND_CPU } ]
`,
  )
})

test('one tensor without a batch: full shapes, -1 for sizes that vary', () => {
  const config = tritonConfig({
    ...model,
    outputs: [...model.outputs, { name: 'mean', dtype: 'int64', shape: [1] }],
  })
  assert.match(config, 'max_batch_size: 0')
  assert.match(config, 'dims: [ -1, 28, 28, 1 ]')
  assert.match(config, 'data_type: TYPE_INT64\n    dims: [ 1 ]')
  assert.not.match(config, 'dynamic_batching')
})

test('names of classes beside their numbers: text that has no size behind the batch, and needs no labels', () => {
  const label = { name: 'label', dtype: 'string', shape: ['batch'] }
  const config = tritonConfig({ ...model, outputs: [...model.outputs, label], labels: ['zero'] })
  assert.match(config, 'max_batch_size: 0')
  assert.match(
    config,
    `    name: "label"
    data_type: TYPE_STRING
    dims: [ -1 ]
  }`,
  )
  assert.is(config.split('label_filename').length, 2)
})

test('names are quoted', () => {
  assert.match(tritonConfig({ ...model, name: 'a"b\\c' }), 'name: "a\\"b\\\\c"')
})

test('an element type that Triton lacks is refused', () => {
  assert.throws(
    () => tritonConfig({ ...model, inputs: [{ name: 'z', dtype: 'complex64', shape: ['batch'] }] }),
    (error: Error) =>
      error instanceof ConfigError &&
      /input z: the element type must be one that Triton knows.*complex64/.test(error.message),
  )
})

test.run()
