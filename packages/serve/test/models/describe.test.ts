import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ModelConfig } from '../../src/models/config.ts'
import { describeModel } from '../../src/models/describe.ts'
import type { SessionInfo, SessionTensor } from '../../src/workers/messages.ts'

const test = suite('what a model takes and gives')

const tensor = (name: string, symbol: string | undefined, ...rest: number[]): SessionTensor => ({
  name,
  type: 'float32',
  shape: [symbol === undefined ? 1 : -1, ...rest],
  symbols: [symbol, ...rest.map(() => undefined)],
})

const info = (input: SessionTensor, output: SessionTensor): SessionInfo => ({
  inputs: [input],
  outputs: [output],
})

const digits = info(tensor('x', 'batch', 28), tensor('y', 'batch', 10))

test('a file whose first sizes vary under one name takes batches', () => {
  const { config, metadata } = describeModel('m', digits, {})
  assert.is(config.max_batch_size, 64)
  assert.equal(config.input, [{ name: 'x', data_type: 'TYPE_FP32', dims: [28] }])
  assert.equal(metadata.outputs, [{ name: 'y', datatype: 'FP32', shape: [-1, 10] }])
})

test('others do not, unless they are told to', () => {
  const other = info(tensor('x', 'a', 28), tensor('y', 'b', 10))
  assert.is(describeModel('m', other, {}).config.max_batch_size, 0)
  assert.is(describeModel('m', other, { max_batch_size: 4 }).config.max_batch_size, 4)
  const fixed = info(tensor('x', undefined, 28), tensor('y', undefined, 10))
  assert.is(describeModel('m', fixed, {}).config.max_batch_size, 0)
})

test('a configuration may narrow sizes that vary', () => {
  const open = info(tensor('x', 'batch', -1), tensor('y', 'batch', 10))
  const input = [{ name: 'x', data_type: 'TYPE_FP32', dims: [7] }]
  const { metadata } = describeModel('m', open, { input, max_batch_size: 8 })
  assert.equal(metadata.inputs, [{ name: 'x', datatype: 'FP32', shape: [-1, 7] }])
})

const input = { name: 'x', data_type: 'TYPE_FP32', dims: [28] }
const fixed = info(tensor('x', undefined, 28), tensor('y', undefined, 10))
const wrong: readonly [SessionInfo, ModelConfig, string][] = [
  [fixed, { max_batch_size: 8 }, 'model "m": max_batch_size: must be 0'],
  [digits, { input: [] }, 'must have all that the file takes; "x" is missing'],
  [
    digits,
    { input: [input, { ...input, name: 'z' }] },
    'input "z": the file must have it; it has x',
  ],
  [
    digits,
    { input: [{ ...input, data_type: 'TYPE_INT8' }] },
    'input "x": data_type: must be TYPE_FP32, as in the file, got "TYPE_INT8"',
  ],
  [digits, { input: [{ ...input, dims: [27] }] }, 'input "x": dims: must fit [28]'],
  [
    info({ ...tensor('x', 'batch'), type: undefined }, tensor('y', 'batch')),
    {},
    'model "m": "x": inputs and outputs must be tensors of a type that the protocol has',
  ],
]

for (const [session, config, error] of wrong) {
  test(`refuses: ${error}`, () => {
    try {
      describeModel('m', session, config)
    } catch (thrown) {
      assert.ok((thrown as Error).message.includes(error), (thrown as Error).message)
      return
    }
    assert.unreachable()
  })
}

test.run()
