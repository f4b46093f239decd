import { type ArraySplit, type DatasetInfo, inMemory } from '@ashlar/core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { buildSplits } from '../../src/splits/build.ts'

const info: DatasetInfo = {
  name: 'tiny',
  inputShape: [2],
  labelShape: [],
  inputDtype: 'uint8',
  inputRange: [0, 255],
  classes: ['a', 'b'],
  licence: 'CC0-1.0',
  source: 'this test',
}
const split = (inputs: number[], labels: number[]): ArraySplit => ({
  inputs: Uint8Array.from(inputs),
  labels: Uint8Array.from(labels),
  length: labels.length,
})
const train = split([1, 2, 3, 4, 5, 6], [0, 1, 0])
const held = split([7, 8], [1])

const test = suite('buildSplits')

test('copies nothing when everything is taken', () => {
  const splits = buildSplits(info, { train, test: held }, {}, 1)
  assert.is(splits.train, train)
  assert.is(splits.test, held)
  assert.not('validation' in splits)
})

test('lets go of the rest when it takes a part', () => {
  const splits = buildSplits(info, { train, test: held }, { limit: 2 }, 1)
  assert.equal(splits.train, split([1, 2, 3, 4], [0, 1]))
  assert.is(inMemory(splits.train).inputs.buffer.byteLength, 4)
})

test('pins the digest: a change of the format is a change for every stored run', () => {
  const digestOf = (
    parts: { train: ArraySplit; test: ArraySplit },
    changes: Partial<DatasetInfo> = {},
  ) => buildSplits({ ...info, ...changes }, parts, {}, 1).digest
  const digest = digestOf({ train, test: held })
  assert.is(digest, 'sha256:e7cc2503e4d5722e3c26dab6b393ed43da82916117cf6a8336b3bde0df65cefc')
  const different = [
    digestOf({ train: held, test: train }),
    digestOf({ train: split([1, 2, 3, 4, 5, 6], [0, 1, 1]), test: held }),
    digestOf({ train: { ...train, labels: Int32Array.of(0, 1, 0) }, test: held }),
    digestOf({ train, test: held }, { inputShape: [1, 2] }),
  ]
  assert.is(new Set([digest, ...different]).size, 5)
  assert.is(digestOf({ train, test: held }, { name: 'other', source: 'elsewhere' }), digest)
})

test.run()
