import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type Dataset,
  type Layer,
  layers,
  Model,
  passRows,
  readSamples,
  type Samples,
  sgd,
  sparseCategoricalCrossentropy,
} from '@ashlar/core'
import type * as tf from '@tensorflow/tfjs'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { jsonLines, parquet, text } from '../../src/index.ts'
import { textCodec } from '../../src/streams/text-codec.ts'
import { createAnyDataset } from '../support/plugins.ts'
import { writeLines } from '../support/records.ts'
import { listed } from '../support/streams.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const test = suite('texts of different lengths in streams')

class Tagger extends Model {
  readonly words: Layer = layers.embedding({ inputDim: 256, outputDim: 4, maskZero: true })
  readonly memory: Layer = layers.gru({ units: 3, returnSequences: true })
  readonly head: Layer = layers.dense({ units: 256 })
  /** Widths that it was captured with. */
  readonly seen = new Set<number>()
  override call(x: tf.Tensor): tf.Tensor {
    this.seen.add(x.shape[1]!)
    return this.head.apply(this.memory.apply(this.words.apply(x)))
  }
}

async function losses(samples: Samples): Promise<{ loss: number[]; seen: number[] }> {
  const model = new Tagger()
  model.compile({
    optimizer: sgd({ learningRate: 0.5 }),
    loss: sparseCategoricalCrossentropy({ ignoreIndex: -1 }),
  })
  const { metrics } = await model.fit(samples, {
    ...{ engine: 'tfjs', seed: 2, epochs: 2, batchSize: 4 },
  })
  return { loss: metrics.loss as number[], seen: [...model.seen].sort((a, b) => a - b) }
}

const lines = Array.from({ length: 40 }, (_, id) => 'xyz'.repeat(1 + ((id * 5) % 8)))

test('lines of text train as the same samples in memory do, in cut batches', () =>
  withTempFolder(async (folder) => {
    await writeFile(join(folder, 'a.txt'), `${lines.join('\r\n')}\n\n`)
    const dataset = createAnyDataset(
      text,
      { files: 'a.txt', by: 'line', tokens: 26, testPart: 8 },
      { folder },
    )
    const { train } = await dataset.load()
    const { info } = dataset
    assert.is(info.classes.length, 256)
    assert.equal(info.tokens, { kind: 'bytes' })
    const streamed: Samples = { ...train, info }
    const all = Array.from({ length: train.length }, (_, row) => row)
    const { lengths } = train
    const held: Samples = { ...(await readSamples(streamed, all)), ...(lengths && { lengths }) }
    const { inputs, labels } = await listed(train, dataset)
    const [x, y] = [inputs, labels] as [number[], number[]]
    for (const [row, length] of train.lengths!.entries()) {
      const [own, next] = [x, y].map((of) => of.slice(row * 26, (row + 1) * 26))
      const line = Buffer.from([...own!.slice(0, length), next![length - 1]!]).toString()
      assert.ok(line.endsWith('\n') || length === 26, JSON.stringify(line))
      assert.ok(lines.includes(line.trimEnd()))
      assert.equal(next!.slice(0, length - 1), own!.slice(1, length))
      assert.ok(next!.slice(length).every((label) => label === -1))
      assert.ok(own!.slice(length).every((token) => token === 0))
    }
    const [ours, theirs] = [await losses(streamed), await losses(held)]
    assert.equal(ours, theirs)
    assert.ok(ours.seen.length > 2, `widths ${ours.seen}`)
    assert.ok(ours.loss[1]! < ours.loss[0]!)
  }))

test('texts in row groups come in batches of like lengths from groups that are near', () =>
  withTempFolder(async (folder) => {
    const bytes = parquetWriteBuffer({
      columnData: [
        {
          name: 'note',
          data: Array.from({ length: 400 }, (_, at) => 'ab'.repeat(1 + (at % 9))),
          type: 'STRING',
        },
        {
          name: 'kind',
          data: Array.from({ length: 400 }, (_, at) => `k${at % 2}`),
          type: 'STRING',
        },
      ],
      rowGroupSize: 20,
    })
    await writeFile(join(folder, 'a.parquet'), new Uint8Array(bytes))
    const dataset = createAnyDataset(
      parquet,
      {
        ...{ files: 'a.parquet', input: 'note', as: 'text', tokens: 18, pad: 'batch' },
        ...{ target: 'kind', task: 'classification', buffer: 80, testPart: 20 },
      },
      { folder },
    )
    const { train } = await dataset.load()
    const { byLength, lengthsOf } = await import('../../../core/src/data/lengths.ts')
    const own = lengthsOf({ ...train, info: dataset.info })!
    const rows = byLength(own, 4).rows(1, 0)
    assert.equal(
      [...rows].sort((a, b) => a - b),
      Array.from({ length: 380 }, (_, at) => at),
    )
    const chunks = train.stream!.chunks!
    let apart = 0
    for (let start = 0; start < 360; start += 40) {
      apart = Math.max(apart, new Set([...rows.subarray(start, start + 40)].map(chunks.of)).size)
    }
    // A buffer is four groups, and few are left over from the one before.
    assert.ok(apart <= 12, `40 samples are of ${apart} row groups`)
    assert.not.equal(rows, passRows(train, { seed: 1, epoch: 0 }))
  }))

test('what tokens stand for goes with a dataset of streamed texts, and makes texts of tokens', () =>
  withTempFolder(async (folder) => {
    await writeLines(
      join(folder, 'a.jsonl'),
      lines.map((note, at) => ({ note, kind: at % 2 ? 'a' : 'b' })),
    )
    const words = { '[PAD]': 0, '[UNK]': 1, one: 2, two: 3 }
    await writeFile(
      join(folder, 'tokenizer.json'),
      JSON.stringify({
        added_tokens: [],
        pre_tokenizer: { type: 'Whitespace' },
        model: { type: 'WordLevel', vocab: words, unk_token: '[UNK]' },
      }),
    )
    const of = (more: object): Dataset =>
      createAnyDataset(
        jsonLines,
        {
          ...{ files: 'a.jsonl', input: 'note', as: 'text', tokens: 8 },
          ...{ target: 'kind', task: 'classification', ...more },
        },
        { folder },
      )
    assert.equal(of({}).info.tokens, { kind: 'bytes' })
    const { tokens, inputRange } = of({ tokenizer: 'tokenizer.json' }).info
    assert.equal(inputRange, [0, 3])
    const codec = textCodec(tokens!, 'test')
    assert.equal(codec.encode('two one'), [3, 2])
    assert.is(codec.decode([3, 2]), 'two one')
    assert.throws(() => codec.encode('two three'), /test: must be of the vocabulary of 4 tokens/)
    const bytes = textCodec({ kind: 'bytes' }, 'test')
    assert.is(bytes.decode(bytes.encode('über')), 'über')
    assert.throws(() => bytes.encode(''), /there must be a prompt/)
    assert.throws(
      () => textCodec({ kind: 'tokenizer', json: '{}' }, 'x.onnx'),
      /x\.onnx: must be a tokenizer/,
    )
  }))

test.run()
