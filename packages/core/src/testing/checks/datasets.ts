import { strict as assert } from 'node:assert'
import type { Dataset, DatasetInfo, DatasetSplits } from '../../data/dataset.ts'
import type { ArraySamples } from '../../data/samples.ts'
import { readSamples } from '../../data/source.ts'
import type { Split } from '../../data/split.ts'
import type { Check } from '../bench.ts'
import { sizeOf } from '../numbers.ts'

type MakeDataset = (options: Readonly<Record<string, unknown>>) => Dataset

/** What every dataset must keep. At least 8 training samples and 4 test samples must come of the example. */
export const datasetChecks: readonly Check<'dataset'>[] = [
  { name: 'says what it is', run: ({ create }) => checkInfo(create) },
  { name: 'holds what it says', run: ({ create }) => checkSplits(create) },
  { name: 'has a digest that follows the data', run: ({ create }) => checkDigest(create) },
  { name: 'takes limits', run: ({ create }) => checkLimits(create) },
  { name: 'holds out a validation split', run: ({ create }) => checkValidation(create) },
]

async function checkInfo(make: MakeDataset): Promise<void> {
  const { info } = make({})
  assert.match(info.name, /^[a-z0-9]+(-[a-z0-9]+)*$/)
  assert.ok(info.licence.length > 0 && info.source.length > 0, 'licence and source must be given')
  for (const dim of [...info.inputShape, ...info.labelShape]) {
    assert.ok(Number.isInteger(dim) && dim > 0, `every dimension must be positive, got ${dim}`)
  }
  assert.ok(info.inputRange[0] < info.inputRange[1])
  assert.equal(new Set(info.classes).size, info.classes.length, 'class names must differ')
  assert.notEqual(info.classes.length, 1, 'one class is no classification')
}

async function checkSplits(make: MakeDataset): Promise<void> {
  const dataset = make({})
  const splits = await dataset.load()
  assert.equal(splits.validation, undefined, 'a validation split comes only when asked for')
  for (const split of partsOf(splits)) await checkSplit(dataset, split)
}

async function checkSplit({ info }: Dataset, split: Split): Promise<void> {
  const { inputs, labels, length } = await inMemory(split, info)
  assert.ok(length > 0)
  assert.equal(inputs.length, length * sizeOf(info.inputShape))
  assert.equal(labels.length, length * sizeOf(info.labelShape))
  assert.equal(inputs instanceof Float32Array ? 'float32' : 'uint8', info.inputDtype)
  const [low, high] = info.inputRange
  assert.ok(
    inputs.every((value: number) => value >= low && value <= high),
    `values must lie in ${low}..${high}`,
  )
  if (info.classes.length === 0) {
    assert.ok(labels instanceof Float32Array)
    assert.ok(labels.every((label: number) => Number.isFinite(label)))
  } else {
    assert.ok(!(labels instanceof Float32Array))
    assert.ok(labels.every((label: number) => label >= 0 && label < info.classes.length))
  }
}

async function checkDigest(make: MakeDataset): Promise<void> {
  const { digest } = await make({}).load()
  assert.match(digest, /^sha256:[0-9a-f]{64}$/)
  assert.equal((await make({}).load()).digest, digest)
  const others = [{ limit: 5 }, { limit: 6 }, { testLimit: 2 }, { limit: 6, validation: 2 }]
  const digests = await Promise.all(
    others.map(async (options) => (await make(options).load()).digest),
  )
  assert.equal(new Set([digest, ...digests]).size, 5, 'other data must have another digest')
}

async function checkLimits(make: MakeDataset): Promise<void> {
  const { info } = make({})
  const whole = await make({}).load()
  const limited = await make({ limit: 5, testLimit: 3 }).load()
  for (const [part, length] of [
    ['train', 5],
    ['test', 3],
  ] as const) {
    assert.equal(limited[part].length, length)
    const [few, all] = [await inMemory(limited[part], info), await inMemory(whole[part], info)]
    assert.deepEqual([...few.inputs], first(all.inputs, length * sizeOf(info.inputShape)))
    assert.deepEqual([...few.labels], first(all.labels, length * sizeOf(info.labelShape)))
  }
  const beyond = await make({ limit: 10 ** 9, testLimit: 10 ** 9 }).load()
  assert.equal(beyond.digest, whole.digest, 'a limit above the number of samples takes them all')
}

async function checkValidation(make: MakeDataset): Promise<void> {
  const dataset = make({ limit: 8, validation: 0.25 })
  const splits = await dataset.load()
  assert.equal(splits.train.length, 6)
  assert.equal(splits.validation?.length, 2)
  for (const split of partsOf(splits)) await checkSplit(dataset, split)
  const counted = await make({ limit: 8, validation: 2 }).load()
  assert.equal(
    counted.digest,
    splits.digest,
    'a share and a number that come to the same hold out the same',
  )
  const whole = await make({ limit: 8 }).load()
  const rows = async (split: Split) => {
    const { inputs, labels, length } = await inMemory(split, dataset.info)
    return Array.from({ length }, (_, i) => {
      const [size, labelSize] = [inputs.length / length, labels.length / length]
      return JSON.stringify([
        [...inputs.slice(i * size, (i + 1) * size)],
        [...labels.slice(i * labelSize, (i + 1) * labelSize)],
      ])
    })
  }
  assert.deepEqual(
    [...(await rows(splits.train)), ...(await rows(splits.validation!))].sort(),
    (await rows(whole.train)).sort(),
    'training and validation together are the training samples',
  )
}

function partsOf({ train, validation, test }: DatasetSplits): readonly Split[] {
  return validation ? [train, validation, test] : [train, test]
}

/** Every sample of a split, read where it is a stream. */
function inMemory(split: Split, info: DatasetInfo): Promise<ArraySamples> {
  return readSamples(
    { ...split, info },
    Uint32Array.from({ length: split.length }, (_, at) => at),
  )
}

function first(data: ArraySamples['inputs'] | ArraySamples['labels'], count: number): number[] {
  return [...data.slice(0, count)]
}
