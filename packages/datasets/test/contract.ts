import type { Dataset, DatasetSplits, Split } from '@ashlar/core'
import * as assert from 'uvu/assert'

/** How a dataset is made for the contract: with these options on top of the ones that it needs. */
export type MakeDataset = (options: Record<string, unknown>) => Dataset

/**
 * What every dataset must keep: complete information; shapes, dtypes and lengths that agree with it; labels and values in
 * range; the same digest twice and another one for other data; `limit`, `testLimit` and `validation`.
 *
 * @param make at least 8 training samples and 4 test samples must come of it.
 */
export const datasetContract: readonly {
  readonly name: string
  readonly check: (make: MakeDataset) => Promise<void>
}[] = [
  { name: 'says what it is', check: checkInfo },
  { name: 'holds what it says', check: checkSplits },
  { name: 'has a digest that follows the data', check: checkDigest },
  { name: 'takes limits', check: checkLimits },
  { name: 'holds out a validation split', check: checkValidation },
]

async function checkInfo(make: MakeDataset): Promise<void> {
  const { info } = make({})
  assert.match(info.name, /^[a-z0-9]+(-[a-z0-9]+)*$/)
  assert.ok(info.licence.length > 0 && info.source.length > 0, 'licence and source must be given')
  for (const dim of [...info.inputShape, ...info.labelShape]) {
    assert.ok(Number.isInteger(dim) && dim > 0, `every dimension must be positive, got ${dim}`)
  }
  assert.ok(info.inputRange[0] < info.inputRange[1])
  assert.is(new Set(info.classes).size, info.classes.length, 'class names must differ')
  assert.not(info.classes.length === 1, 'one class is no classification')
}

async function checkSplits(make: MakeDataset): Promise<void> {
  const dataset = make({})
  const splits = await dataset.load()
  assert.not(splits.validation, 'a validation split comes only when asked for')
  for (const split of partsOf(splits)) checkSplit(dataset, split)
}

function checkSplit({ info }: Dataset, { inputs, labels, length }: Split): void {
  assert.ok(length > 0)
  assert.is(inputs.length, length * sizeOf(info.inputShape))
  assert.is(labels.length, length * sizeOf(info.labelShape))
  assert.is(inputs instanceof Float32Array ? 'float32' : 'uint8', info.inputDtype)
  const [low, high] = info.inputRange
  assert.ok(
    inputs.every((value: number) => value >= low && value <= high),
    `values must lie in ${low}..${high}`,
  )
  if (info.classes.length === 0) {
    assert.instance(labels, Float32Array)
    assert.ok(labels.every((label: number) => Number.isFinite(label)))
  } else {
    assert.equal(info.labelShape, [])
    assert.not.instance(labels, Float32Array)
    assert.ok(labels.every((label: number) => label >= 0 && label < info.classes.length))
  }
}

async function checkDigest(make: MakeDataset): Promise<void> {
  const { digest } = await make({}).load()
  assert.match(digest, /^sha256:[0-9a-f]{64}$/)
  assert.is((await make({}).load()).digest, digest)
  const others = [{ limit: 5 }, { limit: 6 }, { testLimit: 2 }, { limit: 6, validation: 2 }]
  const digests = await Promise.all(
    others.map(async (options) => (await make(options).load()).digest),
  )
  assert.is(new Set([digest, ...digests]).size, 5, 'other data must have another digest')
}

async function checkLimits(make: MakeDataset): Promise<void> {
  const { info } = make({})
  const whole = await make({}).load()
  const limited = await make({ limit: 5, testLimit: 3 }).load()
  for (const [part, length] of [
    ['train', 5],
    ['test', 3],
  ] as const) {
    assert.is(limited[part].length, length)
    assert.equal(
      [...limited[part].inputs],
      first(whole[part].inputs, length * sizeOf(info.inputShape)),
    )
    assert.equal(
      [...limited[part].labels],
      first(whole[part].labels, length * sizeOf(info.labelShape)),
    )
  }
  const beyond = await make({ limit: 10 ** 9, testLimit: 10 ** 9 }).load()
  assert.is(beyond.digest, whole.digest, 'a limit above the number of samples takes them all')
}

async function checkValidation(make: MakeDataset): Promise<void> {
  const dataset = make({ limit: 8, validation: 0.25 })
  const splits = await dataset.load()
  assert.is(splits.train.length, 6)
  assert.is(splits.validation?.length, 2)
  for (const split of partsOf(splits)) checkSplit(dataset, split)
  const counted = await make({ limit: 8, validation: 2 }).load()
  assert.is(
    counted.digest,
    splits.digest,
    'a share and a number that come to the same hold out the same',
  )
  const whole = await make({ limit: 8 }).load()
  const rows = ({ inputs, labels, length }: Split) =>
    Array.from({ length }, (_, i) => {
      const [size, labelSize] = [inputs.length / length, labels.length / length]
      return JSON.stringify([
        [...inputs.slice(i * size, (i + 1) * size)],
        [...labels.slice(i * labelSize, (i + 1) * labelSize)],
      ])
    })
  assert.equal(
    [...rows(splits.train), ...rows(splits.validation!)].sort(),
    rows(whole.train).sort(),
    'training and validation together are the training samples',
  )
}

function partsOf({ train, validation, test }: DatasetSplits): readonly Split[] {
  return validation ? [train, validation, test] : [train, test]
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, dim) => size * dim, 1)
}

function first(data: Split['labels'], count: number): number[] {
  return [...data.slice(0, count)]
}
