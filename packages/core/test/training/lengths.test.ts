import { tieredSuite } from '@ashlar/test-support'
import type * as tf from '@tensorflow/tfjs'
import * as assert from 'uvu/assert'
import { byLength, lengthsOf, widthOf } from '../../src/data/lengths.ts'
import {
  binaryCrossentropy,
  type FieldSamples,
  infoOfFields,
  type Layer,
  layers,
  Model,
  type NamedTensors,
  sgd,
  sparseCategoricalCrossentropy,
} from '../../src/index.ts'
import { allClose } from '../../src/testing/index.ts'

const { test, slow } = tieredSuite('sequences of different lengths')

const [PADDED, WORDS] = [12, 7]

/** Texts of 1 to 12 tokens from 1 on, 0 behind; the label of each is whether it is odd, -1 behind. */
function texts(length: number): FieldSamples & { readonly lengths: Uint32Array } {
  const inputs = new Float32Array(length * PADDED)
  const labels = new Int32Array(length * PADDED).fill(-1)
  const lengths = Uint32Array.from({ length }, (_, row) => 1 + ((row * 7) % PADDED))
  for (let row = 0; row < length; row++) {
    for (let at = 0; at < lengths[row]!; at++) {
      const token = 1 + ((row * 3 + at * 5) % (WORDS - 1))
      inputs[row * PADDED + at] = token
      labels[row * PADDED + at] = token % 2
    }
  }
  const info = infoOfFields({
    input: { shape: [PADDED], dtype: 'float32', range: [0, WORDS - 1] },
    output: { shape: [PADDED], dtype: 'int32', classes: ['even', 'odd'] },
  })
  return { inputs, labels, lengths, length, info }
}

class Tagger extends Model {
  readonly words: Layer = layers.embedding({ inputDim: WORDS, outputDim: 4, maskZero: true })
  readonly memory: Layer = layers.gru({ units: 4, returnSequences: true })
  readonly head: Layer = layers.dense({ units: 2 })
  /** Widths that it was captured with. */
  readonly seen = new Set<number>()
  override call(x: tf.Tensor): tf.Tensor {
    this.seen.add(x.shape[1]!)
    return this.head.apply(this.memory.apply(this.words.apply(x)))
  }
}

function tagger(): Tagger {
  const model = new Tagger()
  const loss = sparseCategoricalCrossentropy({ ignoreIndex: -1 })
  model.compile({ optimizer: sgd({ learningRate: 0.5 }), loss, metrics: ['accuracy'] })
  return model
}

test('batches are of samples of like lengths, each sample once, in an order of the seed', () => {
  const own = lengthsOf(texts(100))!
  assert.equal(own.widths, [3, 6, 9, 12])
  const sampler = byLength(own, 8)
  const rows = sampler.rows(1, 0)
  assert.equal(
    [...rows].sort((a, b) => a - b),
    Array.from({ length: 100 }, (_, row) => row),
  )
  assert.equal(sampler.rows(1, 0), rows)
  assert.not.equal(sampler.rows(1, 1), rows)
  assert.not.equal(sampler.rows(2, 0), rows)
  const widths = Array.from({ length: 12 }, (_, batch) => {
    const few = rows.subarray(8 * batch, 8 * batch + 8)
    const lengths = [...few].map((row) => own.lengths[row]!)
    return { width: widthOf(own, few), least: Math.min(...lengths), most: Math.max(...lengths) }
  })
  // All but what was left over: 100 of which 25 or so are of each width.
  for (const { width, least, most } of widths.slice(0, 8)) {
    assert.ok(most <= width && least > width - 3, JSON.stringify({ width, least, most }))
  }
  assert.ok(new Set(widths.slice(0, 8).map(({ width }) => width)).size > 1, 'they are mixed')
})

test('samples that are read in chunks come in batches of like lengths from chunks that are near', () => {
  const length = 400
  const { info } = texts(1)
  const chunks = { of: (row: number) => Math.floor(row / 20), buffer: 80 }
  const lengths = Uint32Array.from({ length }, (_, row) => 1 + ((row * 7) % PADDED))
  const dtypes = { inputs: 'float32', labels: 'int32' } as const
  const stream = { dtypes, chunks, read: () => Promise.resolve() }
  const own = lengthsOf({ lengths, length, info, stream })!
  const sampler = byLength(own, 4)
  for (const some of [sampler, sampler.select(Uint32Array.from({ length }, (_, row) => row))]) {
    const rows = some.rows(1, 0)
    assert.equal(
      [...rows].sort((a, b) => a - b),
      Array.from({ length }, (_, row) => row),
    )
    const near = Array.from({ length: 9 }, (_, at) => {
      const few = rows.subarray(at * 40, (at + 1) * 40)
      return new Set([...few].map(chunks.of)).size
    })
    // A buffer is four of the 20 chunks, and few samples are left over from the one before.
    assert.ok(Math.max(...near) <= 12, `40 samples are of ${near} chunks`)
    for (let at = 0; at < 80; at++) {
      const few = rows.subarray(4 * at, 4 * at + 4)
      assert.ok(widthOf(own, few) - Math.min(...[...few].map((row) => lengths[row]!)) < 3)
    }
    assert.not.equal(some.rows(1, 1), rows)
  }
})

for (const engine of ['tfjs', 'onnxruntime']) {
  test(`a batch that is cut gives what the padded one gives, on ${engine}`, async () => {
    const { lengths, ...padded } = texts(10)
    // None is longer than 6.
    const short = lengths.map((each) => Math.min(each, 6))
    const [inputs, labels] = [padded.inputs as Float32Array, padded.labels as Int32Array]
    for (let at = 0; at < inputs.length; at++) {
      if (at % PADDED < 6) continue
      inputs[at] = 0
      labels[at] = -1
    }
    const ends = []
    for (const data of [padded, { ...padded, lengths: short }]) {
      const model = tagger()
      const { epochs } = await model.fit(data, { batchSize: 10, epochs: 3, shuffle: false, engine })
      assert.equal([...model.seen].includes(6), 'lengths' in data)
      ends.push([
        ...model.namedWeights().flatMap(({ variable }) => [...variable.dataSync()]),
        ...Object.values(epochs.at(-1)!.metrics),
      ])
      model.dispose()
    }
    allClose(ends[1]!, ends[0]!, { relative: 1e-4, absolute: 1e-5 })
  })
}

slow('both engines come to the same with batches of all widths', async () => {
  const ends = []
  for (const engine of ['tfjs', 'onnxruntime']) {
    const model = tagger()
    await model.fit(texts(30), { batchSize: 4, epochs: 2, seed: 3, engine })
    assert.ok([...model.seen].filter((width) => width < PADDED).length >= 2)
    ends.push(model.namedWeights().flatMap(({ variable }) => [...variable.dataSync()]))
    model.dispose()
  }
  allClose(ends[1]!, ends[0]!, { relative: 1e-3, absolute: 1e-4 })
})

test('the first step waits for the widest and its own width alone, the second for all', async () => {
  const model = tagger()
  const seen: number[] = []
  const onBatchEnd = () => void seen.push(model.seen.size)
  const callbacks = [{ name: 'widths', onBatchEnd }]
  await model.fit(texts(16), { batchSize: 8, engine: 'onnxruntime', callbacks })
  assert.ok(seen[0]! <= 2, `${seen}`)
  assert.is(seen[1], lengthsOf(texts(16))!.widths.length)
  model.dispose()
})

/** Texts of at most 6 tokens, and beside them what has as many numbers as a padded text has places: a table, and a yes or no for each topic. */
function besideTexts(length: number): FieldSamples {
  const { lengths, ...own } = texts(length)
  const short = lengths.map((each) => Math.min(each, 6))
  const words = (own.inputs as Float32Array).map((word, at) => (at % PADDED < 6 ? word : 0))
  const tags = (own.labels as Int32Array).map((tag, at) => (at % PADDED < 6 ? tag : -1))
  const table = words.map((_, at) => Math.sin(at))
  const topics = table.map((value) => Number(value > 0))
  const names = Array.from({ length: PADDED }, (_, at) => `topic ${at}`)
  const info = infoOfFields({
    inputs: {
      words: { shape: [PADDED], dtype: 'float32', range: [0, WORDS - 1] },
      table: { shape: [PADDED], dtype: 'float32' },
    },
    outputs: {
      tags: { shape: [PADDED], dtype: 'int32', classes: ['even', 'odd'] },
      topics: { shape: [PADDED], dtype: 'float32', classes: names, multiLabel: true },
      numbers: { shape: [PADDED], dtype: 'float32', targets: names },
    },
  })
  const labels = { tags, topics, numbers: table.slice() }
  return { inputs: { words, table }, labels, lengths: short, length, info }
}

class Beside extends Model {
  readonly tagger = new Tagger()
  readonly columns: Layer = layers.dense({ units: PADDED })
  override call({ words, table }: NamedTensors): NamedTensors {
    const numbers = this.columns.apply<tf.Tensor>(table!)
    return { tags: this.tagger.apply(words!), topics: numbers, numbers }
  }
}

test('what has as many numbers as a text has places is left whole', async () => {
  const { lengths, ...padded } = besideTexts(10)
  const { sequences } = lengthsOf({ ...padded, lengths })!
  assert.equal([...sequences], ['inputs/words', 'labels/tags'])
  const ends = []
  for (const data of [padded, { ...padded, lengths }]) {
    const model = new Beside()
    model.compile({
      optimizer: sgd({ learningRate: 0.5 }),
      loss: {
        tags: sparseCategoricalCrossentropy({ ignoreIndex: -1 }),
        topics: binaryCrossentropy({ fromLogits: true }),
        numbers: 'mse',
      },
    })
    const options = { batchSize: 10, epochs: 2, shuffle: false, engine: 'tfjs' }
    const { epochs } = await model.fit(data, options)
    assert.equal([...model.tagger.seen].includes(6), 'lengths' in data)
    ends.push([
      ...model.namedWeights().flatMap(({ variable }) => [...variable.dataSync()]),
      ...Object.values(epochs.at(-1)!.metrics),
    ])
    model.dispose()
  }
  allClose(ends[1]!, ends[0]!, { relative: 1e-4, absolute: 1e-5 })
})

test('labels of several classes or numbers at each step are cut with it', () => {
  const { lengths, length, inputs, labels } = texts(3)
  const outputs = {
    yes: { shape: [PADDED, 2], dtype: 'float32', classes: ['a', 'b'], multiLabel: true },
    both: { shape: [PADDED, 2], dtype: 'float32', targets: ['x', 'y'] },
    one: { shape: [PADDED], dtype: 'float32', targets: ['x'] },
    few: { shape: [2], dtype: 'float32' },
  } as const
  const info = infoOfFields({ input: { shape: [PADDED], dtype: 'float32' }, outputs })
  const { sequences } = lengthsOf({ inputs, labels, lengths, length, info })!
  assert.equal([...sequences], ['inputs', 'labels/yes', 'labels/both', 'labels/one'])
})

test('lengths that are none are refused', async () => {
  for (const lengths of [Uint32Array.of(1, 0, 3), Uint32Array.of(1, 2, 13), Uint32Array.of(1, 2)]) {
    assert.throws(
      () => lengthsOf({ ...texts(3), lengths }),
      /^lengths: there must be a length from 1 to 12 for each of 3 samples/,
    )
  }
})

test.run()
