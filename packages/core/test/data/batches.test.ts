import { ConfigError } from '@ashlar/errors'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { batchCount, batches, rowBatches, takeSamples } from '../../src/data/batches.ts'
import type { DatasetInfo } from '../../src/data/dataset.ts'
import { theOnly } from '../../src/data/fields.ts'
import type { ArraySplit } from '../../src/data/split.ts'

const info: DatasetInfo = {
  name: 'seven',
  inputShape: [1, 2],
  labelShape: [],
  inputDtype: 'uint8',
  inputRange: [0, 255],
  classes: ['a', 'b', 'c', 'd', 'e', 'f', 'g'],
  licence: 'CC0-1.0',
  source: 'this test',
}
const split: ArraySplit = {
  inputs: Uint8Array.of(0, 100, 1, 101, 2, 102, 3, 103, 4, 104, 5, 105, 6, 106),
  labels: Uint8Array.of(0, 1, 2, 3, 4, 5, 6),
  length: 7,
}

const test = suite('batches')

/** Copies, because a batch is overwritten by the next. */
function collect(options: Parameters<typeof batches>[2]): { inputs: number[]; labels: number[] }[] {
  return Array.from(batches(split, info, options), ({ inputs, labels }) => ({
    inputs: [...theOnly('test', inputs)],
    labels: [...theOnly('test', labels)],
  }))
}

test('goes through a split in order, the last batch smaller', () => {
  assert.equal(collect({ batchSize: 3 }), [
    { inputs: [0, 100, 1, 101, 2, 102], labels: [0, 1, 2] },
    { inputs: [3, 103, 4, 104, 5, 105], labels: [3, 4, 5] },
    { inputs: [6, 106], labels: [6] },
  ])
  assert.is(batchCount(split, 3), 3)
  assert.is(batchCount(split, 7), 1)
})

test('shuffles by seed and epoch and keeps inputs and labels together', () => {
  const first = collect({ batchSize: 2, shuffle: { seed: 5, epoch: 0 } })
  assert.equal(first, collect({ batchSize: 2, shuffle: { seed: 5, epoch: 0 } }))
  assert.not.equal(first, collect({ batchSize: 2, shuffle: { seed: 5, epoch: 1 } }))
  assert.not.equal(first, collect({ batchSize: 2, shuffle: { seed: 6, epoch: 0 } }))
  const labels = first.flatMap((batch) => batch.labels)
  assert.equal(labels.toSorted(), [0, 1, 2, 3, 4, 5, 6])
  assert.equal(
    first.flatMap((batch) => batch.inputs),
    labels.flatMap((label) => [label, 100 + label]),
  )
})

test('skips batches to go on within an epoch', () => {
  const options = { batchSize: 2, shuffle: { seed: 5, epoch: 3 } }
  assert.equal(collect({ ...options, skip: 2 }), collect(options).slice(2))
})

test('writes every batch to the same memory', () => {
  const options = { batchSize: 2, shuffle: { seed: 5, epoch: 0 } }
  const buffers = new Set(Array.from(batches(split, info, options), (b) => b.inputs.buffer))
  assert.is(buffers.size, 1)
  assert.not(buffers.has(split.inputs.buffer))
})

test('copies nothing that lies in order', () => {
  const source = { ...split, inputs: Buffer.from(split.inputs) }
  for (const { inputs, labels } of batches(source, info, { batchSize: 3 })) {
    assert.is(inputs.buffer, source.inputs.buffer)
    assert.is(labels.buffer, split.labels.buffer)
    assert.not(Buffer.isBuffer(inputs), 'a Buffer has other methods')
  }
})

test('gives the numbers of the samples of the same batches', () => {
  for (const shuffle of [undefined, { seed: 5, epoch: 1 }]) {
    const options = { batchSize: 3, shuffle, skip: 1 }
    const rows = Array.from(rowBatches(split, options), (each) => [...each])
    assert.equal(
      rows,
      collect(options).map(({ labels }) => labels),
    )
  }
  assert.equal([...rowBatches({ length: 4 }, { batchSize: 3 })][0], Int32Array.of(0, 1, 2))
  assert.throws(() => [...rowBatches({ length: 4 }, { batchSize: 0 })], /positive integer, got 0/)
})

test('takes float inputs and labels with a shape', () => {
  const floats: ArraySplit = {
    inputs: Float32Array.of(0.5, 1.5, 2.5),
    labels: Float32Array.of(1, 2, 3, 4, 5, 6),
    length: 3,
  }
  const floatInfo = {
    ...info,
    inputShape: [],
    labelShape: [2],
    inputDtype: 'float32',
    classes: [],
  } as const
  const [first] = batches(floats, floatInfo, { batchSize: 2 })
  assert.equal(first?.inputs, Float32Array.of(0.5, 1.5))
  assert.equal(first?.labels, Float32Array.of(1, 2, 3, 4))
})

test('refuses a batch size that is no positive integer', () => {
  for (const batchSize of [0, -1, 1.5, Number.NaN]) {
    assert.throws(
      () => collect({ batchSize }),
      (error: unknown) =>
        error instanceof ConfigError &&
        error.message === `batches: \`batchSize\` must be a positive integer, got ${batchSize}`,
    )
  }
})

test('takeSamples copies what was chosen, in that order', () => {
  const source = { ...split, inputs: Buffer.from(split.inputs) }
  const taken = takeSamples(source, info, [6, 0, 6])
  assert.equal(taken, {
    inputs: Uint8Array.of(6, 106, 0, 100, 6, 106),
    labels: Uint8Array.of(6, 0, 6),
    length: 3,
  })
  source.inputs.fill(9)
  assert.is(taken.inputs[0], 6)
})

test.run()
