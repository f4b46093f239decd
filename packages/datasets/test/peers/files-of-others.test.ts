import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Plugin } from '@ashlar/core'
import { refusal } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { numpy, parquet, webdataset } from '../../src/index.ts'
import { openTokenizer } from '../../src/streams/tokenizer.ts'
import { withCacheIn } from '../support/cache-home.ts'
import { createAnyDataset } from '../support/plugins.ts'
import { listed, partsOf } from '../support/streams.ts'

const test = suite('files that other programs write')

const python = process.env.ASHLAR_PYTHON ?? 'python3'
const script = fileURLToPath(new URL('write-others.py', import.meta.url))
const ROWS = 24

interface Written {
  readonly parquet: readonly string[]
  readonly arrays: {
    readonly forms: Readonly<Record<string, readonly number[]>>
    readonly values: readonly number[]
    readonly labels: readonly number[]
  }
  readonly shards?: true
  readonly tokenizers?: Readonly<
    Record<
      string,
      {
        readonly size: number
        readonly texts: readonly string[]
        readonly ids: readonly (readonly number[])[]
        readonly decoded: readonly string[]
      }
    >
  >
}

const folder = mkdtempSync(join(tmpdir(), 'ashlar-others-'))
mkdirSync(join(folder, 'home'))
test.after(() => rmSync(folder, { recursive: true, force: true }))

const isThere = spawnSync(python, ['-c', 'import numpy, pyarrow, PIL']).status === 0
const written = isThere ? write() : undefined

function write(): Written {
  const { stdout, stderr, status } = spawnSync(python, [script, folder], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  })
  assert.is(status, 0, stderr)
  return JSON.parse(stdout) as Written
}

/** Inputs and labels of all samples, whatever split they fell into. */
async function all(plugin: Plugin<'dataset'>, options: object, each: number, places = 1) {
  const dataset = createAnyDataset(plugin, { threads: 0, testPart: 4, ...options }, { folder })
  const rows: { readonly inputs: number[]; readonly labels: number[] }[] = []
  await withCacheIn(join(folder, 'home'), async () => {
    for (const split of partsOf(await dataset.load())) {
      const { inputs, labels } = (await listed(split, dataset)) as unknown as Record<
        'inputs' | 'labels',
        number[]
      >
      for (let row = 0; row < split.length; row++) {
        rows.push({
          inputs: inputs.slice(row * each, (row + 1) * each),
          labels: labels.slice(row * places, (row + 1) * places),
        })
      }
    }
  })
  assert.is(rows.length, ROWS)
  return { rows, info: dataset.info }
}

type Rows = Awaited<ReturnType<typeof all>>['rows']
const byFirst = (rows: Rows) => [...rows].sort((a, b) => a.inputs[0]! - b.inputs[0]!)
const oddRows = Array.from({ length: ROWS }, (_, row) => row)

if (written === undefined) {
  process.stdout.write('skipped: no Python with pyarrow, NumPy and Pillow\n')
  test.skip('none')
} else {
  for (const codec of written.parquet) {
    test(`Parquet of pyarrow, ${codec}: pictures in structs, classes by their names, lists`, async () => {
      const file = { files: `${codec}.parquet` }
      const pictures = { input: 'image', as: 'picture', size: [4, 4] }
      const label = { target: 'label', task: 'classification' }
      const { rows, info } = await all(parquet, { ...file, ...pictures, ...label }, 48)
      assert.equal(info.classes, ['cat', 'dog', 'owl'])
      for (const [row, { inputs, labels }] of byFirst(rows).entries()) {
        assert.equal([...inputs.slice(0, 3), labels[0]], [10 * row, 20, 30, row % 3])
      }
      const numbers = { input: ['price', 'box', 'sold'], as: 'numbers', shape: [4] }
      const named = { target: 'note', task: 'classification' }
      const found = await all(parquet, { ...file, ...numbers, ...named }, 4)
      assert.equal(
        byFirst(found.rows),
        oddRows.map((row) => ({
          inputs: [row / 4, row, row + 0.5, Number(row % 2 === 0)],
          labels: [row % 5],
        })),
      )
      const several = { target: 'genres', task: 'multi-label', classes: ['a', 'b'] }
      const lists = await all(parquet, { ...file, input: 'price', as: 'numbers', ...several }, 1, 2)
      assert.equal(
        byFirst(lists.rows).map(({ labels }) => labels),
        oddRows.map((row) => [Number(row % 3 > 0), Number(row % 3 > 1)]),
      )
    })
  }

  test('arrays of NumPy, of each type; what is not read says what to do', async () => {
    const { forms, labels, values } = written.arrays
    for (const [form, expected] of Object.entries(forms)) {
      const options = { inputs: `${form}.npy`, labels: 'labels.npy', task: 'classification' }
      const known = await all(numpy, options, 6).catch((error: Error) => error)
      if (known instanceof Error) {
        assert.match(known.message, /must be an array of numbers \(.*\n {2}In NumPy: array\.astype/)
        assert.ok(['f2', 'b1'].includes(form) || /^[iu]/.test(form), `${form}: ${known.message}`)
        continue
      }
      const rows = known.rows.map(({ inputs, labels }) => `${labels} ${inputs}`).sort()
      const wanted = labels.map((label, row) => {
        const own = expected.slice(6 * row, 6 * row + 6).map(Math.fround)
        return `${label} ${own}`
      })
      assert.equal(rows, wanted.sort(), form)
    }
    for (const file of ['plain.npz', 'packed.npz']) {
      const options = { file, inputs: 'x', labels: 'y', task: 'classification' }
      const { rows } = await withCacheIn(join(folder, 'home'), () => all(numpy, options, 6))
      assert.equal(
        byFirst(rows).flatMap(({ inputs }) => inputs),
        values.map(Math.fround),
      )
    }
    assert.match(
      await refusal(() =>
        createAnyDataset(
          numpy,
          { inputs: 'fortran.npy', labels: 'labels.npy', task: 'classification' },
          { folder },
        ),
      ),
      /fortran\.npy: must hold its rows one after the other \(C order\)\n {2}In NumPy: np\.ascontiguousarray/,
    )
  })

  if (written.shards) {
    for (const files of ['a-{000..000}.tar', 'b-000.tar.gz']) {
      test(`shards of webdataset's TarWriter: ${files}`, async () => {
        const options = { files, input: 'png', as: 'picture', size: [4, 4] }
        const { rows } = await all(
          webdataset,
          { ...options, target: 'cls', task: 'classification' },
          48,
        )
        for (const [row, { inputs, labels }] of byFirst(rows).entries()) {
          assert.equal([...inputs.slice(0, 3), labels[0]], [10 * row, 20, 30, row % 3])
        }
        const json = await all(
          webdataset,
          {
            ...{ files, input: 'json.price', as: 'numbers', target: 'json.genres' },
            ...{ task: 'multi-label', classes: ['a', 'b'] },
          },
          1,
          2,
        )
        assert.equal(
          byFirst(json.rows).map(({ inputs, labels }) => [...inputs, ...labels]),
          oddRows.map((row) => [row / 4, Number(row % 3 > 0), Number(row % 3 > 1)]),
        )
        const bytes = await all(
          webdataset,
          { files, input: 'txt', as: 'text', tokens: 7, target: 'cls', task: 'classification' },
          7,
        )
        assert.ok(bytes.rows.some(({ inputs }) => Buffer.from(inputs).toString() === 'note 23'))
      })
    }
  } else process.stdout.write('skipped: the package webdataset\n')

  for (const [name, { size, texts, ids, decoded }] of Object.entries(written.tokenizers ?? {})) {
    test(`tokenizer.json of tokenizers, ${name}: the same numbers, and texts of them`, () => {
      const path = join(folder, `${name}.json`)
      const tokenizer = openTokenizer(path)
      assert.is(tokenizer.vocabulary.length, size)
      for (const [at, text] of texts.entries()) {
        assert.equal([...tokenizer.encode(text)], ids[at], `${name}: ${JSON.stringify(text)}`)
        assert.is(tokenizer.decode(ids[at]!), decoded[at], `${name}: ${JSON.stringify(text)}`)
      }
      assert.ok(readFileSync(path, 'utf8').length > 1000)
    })
  }
  if (written.tokenizers === undefined) process.stdout.write('skipped: the package tokenizers\n')
}

test.run()
