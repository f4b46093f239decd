import { ConfigError } from '@ashlar/errors'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseConfig } from '../../src/models/config-text.ts'

const test = suite('config.pbtxt')

test('is read in all forms that the text format has', () => {
  const config = parseConfig(
    'm/config.pbtxt',
    `
    # a comment
    name: "digits"  platform: 'onnxruntime_onnx'
    max_batch_size: 32
    input [ { name: "x" data_type: TYPE_FP32 dims: [ 28, 28, 1 ] } ]
    output < name: "y" data_type: TYPE_FP32 dims: 5 dims: 2; label_filename: "la" "bels.txt" >
    version_policy: { specific: { versions: [1, 3] } }
    instance_group [ { count: 2 kind: KIND_CPU } ]
    dynamic_batching {
      preferred_batch_size: [ 8, 16 ]
      max_queue_delay_microseconds: 500
      default_queue_policy { max_queue_size: 128 timeout_action: REJECT allow_timeout_override: true }
    }
    parameters { key: "intra_op_thread_count" value: { string_value: "1" } }
    model_warmup [ { name: "w" batch_size: 1 inputs { key: "x" value { data_type: TYPE_FP32 dims: [28, 28, 1] zero_data: true } } } ]
    `,
  )
  assert.equal(config, {
    name: 'digits',
    platform: 'onnxruntime_onnx',
    max_batch_size: 32,
    input: [{ name: 'x', data_type: 'TYPE_FP32', dims: [28, 28, 1] }],
    output: [{ name: 'y', data_type: 'TYPE_FP32', dims: [5, 2], label_filename: 'labels.txt' }],
    version_policy: { specific: { versions: [1, 3] } },
    instance_group: [{ count: 2, kind: 'KIND_CPU' }],
    dynamic_batching: {
      preferred_batch_size: [8, 16],
      max_queue_delay_microseconds: 500,
      default_queue_policy: {
        max_queue_size: 128,
        timeout_action: 'REJECT',
        allow_timeout_override: true,
      },
    },
    parameters: { intra_op_thread_count: { string_value: '1' } },
    model_warmup: [
      {
        name: 'w',
        batch_size: 1,
        inputs: { x: { data_type: 'TYPE_FP32', dims: [28, 28, 1], zero_data: true } },
      },
    ],
  })
  assert.equal(parseConfig('c', ''), {})
})

const threads = (text: string) =>
  `parameters { key: "intra_op_thread_count" value: { string_value: "${text}" } }`

const wrong: readonly [text: string, error: string][] = [
  ['max_batch_size: 1000000000', 'c: max_batch_size: must be a whole number from 0 to 65536'],
  ['max_batch_size: 4294967296', 'c: max_batch_size: must be a whole number from 0 to 65536'],
  ['max_batch_size: -1', 'c: max_batch_size: must be a whole number from 0 to 65536'],
  ['max_batch_size: 1.5', 'c: max_batch_size: must be a whole number from 0 to 65536'],
  ...['100000', '257', '-1', '1.5', '1e9', '', 'many', ' 4'].map(
    (text) =>
      [
        threads(text),
        'c: parameters.intra_op_thread_count: must be a whole number from 0 to 256',
      ] as [string, string],
  ),
  [
    'instance_group [ { count: 65 } ]',
    'c: instance_group.0.count: must be a whole number from 0 to 64',
  ],
  [
    'instance_group [ { count: 33 }, { count: 32 } ]',
    'c: instance_group: must ask for at most 64 instances in all',
  ],
  [
    'dynamic_batching { max_queue_delay_microseconds: 1000000000000000 }',
    'c: dynamic_batching.max_queue_delay_microseconds: must be a whole number from 0 to 3600000000',
  ],
  [
    'dynamic_batching { default_queue_policy { max_queue_size: 100000000 } }',
    'max_queue_size: must be a whole number from 0 to 1000000',
  ],
  [
    'model_warmup [ { name: "w" count: 1000000 inputs { key: "x" value { data_type: TYPE_FP32 dims: [1] } } } ]',
    'c: model_warmup.0.count: must be a whole number from 0 to 1000',
  ],
  ['max_batch_size: 8 }', 'c: line 1: must have a field, got "}"'],
  ['input [ { name: "x"', 'c: line 1: must have }, got "the end"'],
  ['\nname "x"', 'c: line 2: must have a value, got "\\"x\\""'],
  ['\n\nname: "x', 'c: line 3: must be protobuf text format'],
  [`${'a {'.repeat(40)}`, 'at most 20 messages in each other'],
  ['backend: "python"', 'c: backend: '],
  ['max_batch_size: -1', 'c: max_batch_size: '],
  ['sequence_batching { }', 'Unrecognized key: "sequence_batching"'],
  ['instance_group [ { kind: KIND_GPU } ]', 'c: instance_group.0.kind: '],
  ['default_model_filename: "../x"', 'must be the name of a file'],
  ['__proto__ { a: 1 }', '__proto__'],
]

for (const [text, error] of wrong) {
  test(`refuses ${text.slice(0, 40)}`, () => {
    try {
      parseConfig('c', text)
    } catch (thrown) {
      assert.instance(thrown, ConfigError)
      assert.ok((thrown as Error).message.includes(error), (thrown as Error).message)
      return
    }
    assert.unreachable()
  })
}

test.run()
