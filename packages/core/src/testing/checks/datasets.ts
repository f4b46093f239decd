import { strict as assert } from 'node:assert'
import type { Dataset, DatasetInfo, DatasetSplits } from '../../data/dataset.ts'
import type { Field } from '../../data/field.ts'
import { type Column, columnsOf, fieldsOf, rangeOfField } from '../../data/fields.ts'
import type { FieldSamples } from '../../data/samples.ts'
import { readSamples } from '../../data/source.ts'
import type { Split } from '../../data/split.ts'
import type { Check } from '../bench.ts'
import type { DatasetExample } from '../examples.ts'

type MakeDataset = (options: Readonly<Record<string, unknown>>) => Dataset

/** What every dataset must keep. At least 8 training samples and 4 test samples must come of the example. */
export const datasetChecks: readonly Check<'dataset'>[] = [
  { name: 'says what it is', run: ({ create }) => checkInfo(create) },
  { name: 'holds what it says', run: ({ create }) => checkSplits(create) },
  { name: 'has a digest that follows the data', run: ({ create }) => checkDigest(create) },
  { name: 'takes limits', run: ({ create, example }) => checkLimits(create, example) },
  {
    name: 'holds out a validation split',
    run: ({ create, example }) => checkValidation(create, example),
  },
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
  const samples = await inMemory(split, info)
  const { length } = samples
  assert.ok(length > 0)
  const { inputs, outputs } = fieldsOf(info)
  for (const { role, name, feed, data, size } of columnsOf(samples, info)) {
    assert.equal(data.length, length * size, feed)
    if (role === 'inputs') checkInput(feed, data, inputs.find((each) => each.name === name)!)
    if (role === 'labels') checkLabel(feed, data, outputs.find((each) => each.name === name)!)
  }
}

function checkInput(feed: string, data: Column['data'], field: Field): void {
  const isWhole = data instanceof Int32Array
  const dtype = data instanceof Float32Array ? 'float32' : isWhole ? 'int32' : 'uint8'
  assert.equal(dtype, field.dtype === 'bool' ? 'uint8' : field.dtype, feed)
  const [low, high] = rangeOfField(field)
  assert.ok(
    data.every((value: number) => value >= low && value <= high),
    `values of ${feed} must lie in ${low}..${high}`,
  )
}

function checkLabel(
  feed: string,
  data: Column['data'],
  { classes = [], multiLabel, shape }: Field,
): void {
  if (classes.length === 0 || multiLabel) {
    assert.ok(data instanceof Float32Array, feed)
    assert.ok(data.every((label: number) => Number.isFinite(label)))
    return
  }
  assert.ok(!(data instanceof Float32Array), feed)
  // Places that do not count may be below 0 where there are several to a sample.
  const least = shape.length === 0 ? 0 : Number.NEGATIVE_INFINITY
  assert.ok(
    data.every((label: number) => label >= least && label < classes.length),
    feed,
  )
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

async function checkLimits(make: MakeDataset, example: DatasetExample): Promise<void> {
  const { info } = make({})
  const whole = await make({}).load()
  const limited = await make({ limit: 5, testLimit: 3 }).load()
  for (const [part, length] of [
    ['train', 5],
    ['test', 3],
  ] as const) {
    assert.equal(limited[part].length, length)
    const [few, all] = [await inMemory(limited[part], info), await inMemory(whole[part], info)]
    const columns = comparedIn(all, info, example)
    for (const [at, { feed, data, size }] of comparedIn(few, info, example).entries()) {
      assert.deepEqual([...data], [...columns[at]!.data.slice(0, length * size)], feed)
    }
  }
  const beyond = await make({ limit: 10 ** 9, testLimit: 10 ** 9 }).load()
  assert.equal(beyond.digest, whole.digest, 'a limit above the number of samples takes them all')
}

async function checkValidation(make: MakeDataset, example: DatasetExample): Promise<void> {
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
    const columns = comparedIn(await inMemory(split, dataset.info), dataset.info, example)
    return Array.from({ length: split.length }, (_, i) =>
      JSON.stringify(columns.map(({ data, size }) => [...data.slice(i * size, (i + 1) * size)])),
    )
  }
  assert.deepEqual(
    [...(await rows(splits.train)), ...(await rows(splits.validation!))].sort(),
    (await rows(whole.train)).sort(),
    'training and validation together are the training samples',
  )
}

/** What is the same whichever samples there are besides. */
function comparedIn(
  samples: FieldSamples,
  info: DatasetInfo,
  { isFitted }: DatasetExample,
): readonly Column[] {
  return columnsOf(samples, info).filter(({ role }) => !(isFitted && role === 'inputs'))
}

function partsOf({ train, validation, test }: DatasetSplits): readonly Split[] {
  return validation ? [train, validation, test] : [train, test]
}

/** Every sample of a split, read where it is a stream. */
function inMemory(split: Split, info: DatasetInfo): Promise<FieldSamples> {
  return readSamples(
    { ...split, info },
    Uint32Array.from({ length: split.length }, (_, at) => at),
  )
}
