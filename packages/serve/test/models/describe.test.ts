import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ModelConfig } from '../../src/models/config.ts'
import { describeModel } from '../../src/models/describe.ts'
import type { SessionInfo, SessionTensor } from '../../src/workers/messages.ts'

const test = suite('what a model takes and gives')

const tensor = (name: string, first: number, ...rest: number[]): SessionTensor => ({
  name,
  type: 'float32',
  shape: [first, ...rest],
})

const info = (input: SessionTensor, output: SessionTensor): SessionInfo => ({
  inputs: [input],
  outputs: [output],
})

const digits = info(tensor('x', -1, 28), tensor('y', -1, 10))

/** What is said of batches, and where. */
const describe = (of: SessionInfo, config: ModelConfig, batched = false, maxBatch?: number) =>
  describeModel('m', of, { config, batched, maxBatch })

test('a file that says so takes batches', () => {
  const { config, metadata } = describe(digits, {}, true)
  assert.is(config.max_batch_size, 64)
  assert.equal(config.input, [{ name: 'x', data_type: 'TYPE_FP32', dims: [28] }])
  assert.equal(metadata.outputs, [{ name: 'y', datatype: 'FP32', shape: [-1, 10] }])
})

test('others do not, unless a configuration or the server says so', () => {
  const max = (...given: Parameters<typeof describe>) => describe(...given).config.max_batch_size
  const fixed = info(tensor('x', 1, 28), tensor('y', 1, 10))
  assert.is(max(digits, {}), 0)
  assert.is(max(digits, { max_batch_size: 4 }), 4)
  assert.is(max(digits, {}, false, 8), 8)
  assert.is(max(digits, { max_batch_size: 4 }, true, 8), 8)
  // Where it says that there are none, there are none.
  assert.is(max(digits, { max_batch_size: 0 }, true, 8), 0)
  assert.is(max(digits, {}, true, 0), 0)
  assert.is(max(fixed, {}, true), 0)
  assert.is(max(fixed, {}, false, 8), 0)
  assert.is(max(info(tensor('x', -1, 28), tensor('y', 1, 10)), {}, true, 8), 0)
})

test('a configuration may narrow sizes that vary', () => {
  const open = info(tensor('x', -1, -1), tensor('y', -1, 10))
  const input = [{ name: 'x', data_type: 'TYPE_FP32', dims: [7] }]
  const { metadata } = describe(open, { input, max_batch_size: 8 })
  assert.equal(metadata.inputs, [{ name: 'x', datatype: 'FP32', shape: [-1, 7] }])
})

const input = { name: 'x', data_type: 'TYPE_FP32', dims: [28] }
const fixed = info(tensor('x', 1, 28), tensor('y', 1, 10))
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
    info({ ...tensor('x', -1), type: undefined }, tensor('y', -1)),
    {},
    'model "m": "x": inputs and outputs must be tensors of a type that the protocol has',
  ],
]

for (const [session, config, error] of wrong) {
  test(`refuses: ${error}`, () => {
    try {
      describe(session, config, true)
    } catch (thrown) {
      assert.ok((thrown as Error).message.includes(error), (thrown as Error).message)
      return
    }
    assert.unreachable()
  })
}

test.run()
