import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type Dataset,
  type Layer,
  layers,
  Model,
  readSamples,
  type Samples,
  sgd,
  sparseCategoricalCrossentropy,
} from '@ashlar/core'
import { tieredSuite } from '@ashlar/test-support'
import type * as tf from '@tensorflow/tfjs'
import * as assert from 'uvu/assert'
import { jsonLines, text } from '../../src/index.ts'
import { textCodec } from '../../src/streams/text-codec.ts'
import { createAnyDataset } from '../support/plugins.ts'
import { writeLines } from '../support/records.ts'
import { listed } from '../support/streams.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const { test, slow } = tieredSuite('texts of different lengths in streams')

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

/** Writes a tokenizer of words: numbers 2 on, with one for what fills up and one for all others. */
function writeWords(folder: string, words: readonly string[], steps: object = {}): Promise<void> {
  const vocab = Object.fromEntries(['[PAD]', '[UNK]', ...words].map((word, id) => [word, id]))
  return writeFile(
    join(folder, 'tokenizer.json'),
    JSON.stringify({
      added_tokens: [],
      pre_tokenizer: { type: 'Whitespace' },
      model: { type: 'WordLevel', vocab, unk_token: '[UNK]' },
      ...steps,
    }),
  )
}

const lines = Array.from({ length: 40 }, (_, id) => 'xyz'.repeat(1 + ((id * 5) % 8)))

slow('lines of text train as the same samples in memory do, in cut batches', () =>
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
  }),
)

test('what tokens stand for goes with a dataset of streamed texts, and makes texts of tokens', () =>
  withTempFolder(async (folder) => {
    await writeLines(
      join(folder, 'a.jsonl'),
      lines.map((note, at) => ({ note, kind: at % 2 ? 'a' : 'b' })),
    )
    await writeWords(folder, ['one', 'two'])
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

slow('a text is counted anew by a tokenizer that was changed', () =>
  withTempFolder(async (folder) => {
    const notes = ['one two-two one', 'two one', 'one-two two', 'two two', 'one one', 'two-one one']
    await writeFile(join(folder, 'a.txt'), notes.join('\n'))
    await writeLines(
      join(folder, 'a.jsonl'),
      notes.map((note, at) => ({ note, kind: at % 2 ? 'a' : 'b' })),
    )
    const shared = { tokens: 8, tokenizer: 'tokenizer.json', testPart: 2 }
    const counted = async () => {
      const all = [
        createAnyDataset(text, { ...shared, files: 'a.txt', by: 'line' }, { folder }),
        createAnyDataset(
          jsonLines,
          {
            ...{ ...shared, files: 'a.jsonl', input: 'note', as: 'text', pad: 'batch' },
            ...{ target: 'kind', task: 'classification' },
          },
          { folder },
        ),
      ]
      const splits = await Promise.all(all.map((dataset) => dataset.load()))
      return splits.map(({ train, test }) =>
        [...train.lengths!, ...test.lengths!].sort((a, b) => a - b),
      )
    }
    await writeWords(folder, ['one', 'two'])
    assert.equal(await counted(), [
      [1, 1, 1, 3, 3, 4],
      [2, 2, 2, 4, 4, 5],
    ])
    await writeWords(folder, ['one', 'two'], { pre_tokenizer: { type: 'WhitespaceSplit' } })
    assert.equal(await counted(), [
      [1, 1, 1, 1, 1, 2],
      [2, 2, 2, 2, 2, 3],
    ])
  }),
)

test.run()
