import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rawReader } from '@ashlar/datasets/raw'
import sharp from 'sharp'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { encodePicture, encodeRow, inputOf, standardize } from '../../src/public/encoding.js'

const test = suite('what a browser makes of raw data')

/** mulberry32: numbers from 0 to 1, always the same. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A scene with soft and hard edges, as photographs have. */
function scene(width: number, height: number, next: () => number) {
  const data = new Uint8ClampedArray(width * height * 4)
  const [a, b, c, at] = [next() * 8, next() * 8, next() * 3, next() * width]
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const place = (y * width + x) * 4
      data[place] = 128 + 100 * Math.sin((a * x) / width + c)
      data[place + 1] = 128 + 100 * Math.cos((b * y) / height)
      data[place + 2] = x > at ? 220 : 30
      data[place + 3] = 255
    }
  }
  return { width, height, data }
}

const inFolder = async (fn: (folder: string) => Promise<void>) => {
  const folder = await mkdtemp(join(tmpdir(), 'ashlar-page-'))
  try {
    await fn(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

test('pictures: of 54 sizes, fits and colours, the same numbers as the datasets make', () =>
  inFolder(async (folder) => {
    const next = randomFrom(11)
    const path = join(folder, 'picture.png')
    for (const fit of ['cover', 'contain', 'fill'] as const) {
      for (const channels of [1, 3] as const) {
        for (let round = 0; round < 9; round++) {
          const side = () => 5 + Math.floor(next() * 180)
          const pixels = scene(side(), side(), next)
          const [height, width] = [8 + Math.floor(next() * 40), 8 + Math.floor(next() * 40)]
          const encoding = {
            ...{ kind: 'image' as const, height, width, channels, fit },
            ...(round % 2
              ? {
                  mean: [0.4, 0.5, 0.6].slice(0, channels),
                  std: [0.2, 0.3, 0.5].slice(0, channels),
                }
              : {}),
          }
          const { data, ...size } = pixels
          await sharp(data, { raw: { ...size, channels: 4 } })
            .png()
            .toFile(path)
          const invert = round % 3 === 0
          const expected = (await (await rawReader(encoding, { invert }))(path)).data
          const found = [...encodePicture(pixels, encoding, { isInverted: invert })]
          assert.is(found.length, expected.length)
          const differences = found.map(
            (value, i) => Math.abs(value - expected[i]!) * 255 * (round % 2 ? 0.2 : 1),
          )
          const mean = differences.reduce((sum, each) => sum + each, 0) / found.length
          assert.ok(
            mean < 1.5,
            `${fit} ${channels} ${JSON.stringify(size)} to ${width}x${height}: ${mean} of 255`,
          )
        }
      }
    }
  }))

test('what is transparent, and what contain adds, shows the background as the datasets have it', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'picture.png')
    const pixels = scene(60, 40, randomFrom(3))
    for (let i = 3; i < pixels.data.length; i += 4) pixels.data[i] = (i * 13) % 256
    const { data, ...size } = pixels
    await sharp(data, { raw: { ...size, channels: 4 } })
      .png()
      .toFile(path)
    for (const channels of [1, 3] as const) {
      const encoding = {
        ...{ kind: 'image' as const, height: 30, width: 30, channels, fit: 'contain' as const },
        background: '#3366cc',
      }
      const expected = (await (await rawReader(encoding))(path)).data
      const apart = [...encodePicture(pixels, encoding)].map(
        (value, i) => Math.abs(value - expected[i]!) * 255,
      )
      const mean = apart.reduce((sum, each) => sum + each, 0) / apart.length
      assert.ok(mean < 1.5, `${channels}: ${mean} of 255`)
    }
  }))

test('files that scale pictures themselves get their bytes, as predict gives them', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'picture.png')
    const pixels = scene(12, 9, randomFrom(8))
    const { data, ...size } = pixels
    await sharp(data, { raw: { ...size, channels: 4 } })
      .png()
      .toFile(path)
    const encoding = {
      ...{
        kind: 'image' as const,
        height: 9,
        width: 12,
        channels: 3 as const,
        fit: 'fill' as const,
      },
      ...{ mean: [0.4, 0.5, 0.6], std: [0.2, 0.3, 0.5], inGraph: true as const },
    }
    for (const isInverted of [false, true]) {
      const expected = (await (await rawReader(encoding, { invert: isInverted }))(path)).data
      assert.equal([...encodePicture(pixels, encoding, { isInverted })], [...expected])
    }
    // Samples come as numbers from 0 to 1.
    const bytes = Uint8Array.from({ length: 256 * 3 }, (_, i) => Math.floor(i / 3))
    const numbers = Float32Array.from(bytes, (byte) => byte / 255)
    assert.equal([...standardize(numbers, encoding, false)], [...bytes])
    assert.equal([...standardize(numbers, encoding, true).slice(0, 256)], [...Array(256).keys()])
  }))

test('files that mix colours to grey themselves get them grey, as predict gives them', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'picture.png')
    const pixels = scene(40, 30, randomFrom(5))
    const { data, ...size } = pixels
    await sharp(data, { raw: { ...size, channels: 4 } })
      .png()
      .toFile(path)
    const encoding = {
      ...{ kind: 'image' as const, height: 30, width: 40, channels: 1 as const },
      ...{ fit: 'fill' as const, inGraph: true as const, colors: true as const },
    }
    for (const isInverted of [false, true]) {
      const expected = (await (await rawReader(encoding, { invert: isInverted }))(path)).data
      assert.is(expected.length, 30 * 40 * 3)
      const found = [...encodePicture(pixels, encoding, { isInverted })]
      // To the byte, but where half a step decides.
      assert.ok(found.filter((value, at) => value !== expected[at]).length < 12)
      const turned = encodePicture(pixels, encoding, { isInverted, isChannelsFirst: true })
      for (const channel of [0, 1, 2]) {
        assert.equal(
          [...turned.subarray(channel * 1200, channel * 1200 + 1200)],
          found.filter((_, at) => at % 3 === 0),
        )
      }
    }
  }))

test('channels first are the same numbers in another order', () => {
  const pixels = scene(9, 7, randomFrom(1))
  const encoding = {
    kind: 'image' as const,
    height: 7,
    width: 9,
    channels: 3 as const,
    fit: 'fill' as const,
    mean: [0.1, 0.2, 0.3],
  }
  const last = encodePicture(pixels, encoding)
  const first = encodePicture(pixels, encoding, { isChannelsFirst: true })
  for (let i = 0; i < 63; i++) {
    for (let c = 0; c < 3; c++) assert.is(first[c * 63 + i], last[i * 3 + c])
  }
})

const COLUMNS = [
  { kind: 'number' as const, name: 'age', mean: 40, std: 10 },
  { kind: 'number' as const, name: 'fare', fill: 14.5, indicator: true, mean: 30, std: 50 },
  {
    kind: 'category' as const,
    name: 'port',
    categories: ['C', 'Q', 'S'],
    fill: 'S',
    indicator: true,
    unseen: 'ignore' as const,
    spellings: { s: 'S' },
  },
  {
    kind: 'category' as const,
    name: 'sex',
    categories: ['female', 'male'],
    unseen: 'refuse' as const,
  },
  {
    kind: 'index' as const,
    name: 'deck',
    categories: ['A', 'B', 'C'],
    spellings: { b: 'B' },
    unseen: 'ignore' as const,
  },
]
const TABLE = { kind: 'table' as const, columns: COLUMNS, delimiter: ',' }

test('rows of a table: the same numbers as the datasets make, whatever is missing', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'rows.csv')
    const read = await rawReader(TABLE)
    const next = randomFrom(5)
    const pick = <T>(all: readonly T[]): T => all[Math.floor(next() * all.length)]!
    for (let round = 0; round < 60; round++) {
      const cells = {
        age: pick(['31', '0.5', '-2', '1e2']),
        fare: pick(['7.25', '', 'NA', '0', '?']),
        port: pick(['C', 'Q', 'S', 's', '', 'elsewhere']),
        sex: pick(['female', 'male']),
        deck: pick(['A', 'B', 'b', 'C', '', 'elsewhere']),
      }
      await writeFile(path, `${Object.keys(cells).join(',')}\n${Object.values(cells).join(',')}\n`)
      const { data, problems } = encodeRow(cells, TABLE)
      assert.equal(problems, {})
      assert.equal([...data], [...(await read(path)).data], JSON.stringify(cells))
    }
  }))

test('files that fill and scale tables themselves get the numbers as they stand, as predict gives them', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'rows.csv')
    const table = { ...TABLE, inGraph: true as const }
    const read = await rawReader(table)
    const ports = ['C', 'Q', 's', '', 'elsewhere']
    for (const [at, fare] of ['7.25', '', 'NA', '0', '?'].entries()) {
      const cells = { age: '31', fare, port: ports[at]!, sex: 'male', deck: ['b', ''][at % 2]! }
      await writeFile(path, `${Object.keys(cells).join(',')}\n${Object.values(cells).join(',')}\n`)
      const { data, problems } = encodeRow(cells, table)
      assert.equal(problems, {})
      assert.equal([...data], [...(await read(path)).data])
      assert.equal([...data.slice(2)], [[2, 3, 4, 0, 1][at], 3, [3, 0][at % 2]])
    }
    assert.equal(encodeRow({ fare: 'much', port: 'x', sex: 'other' }, table).problems, {
      ...{ age: 'must be given', fare: 'must be a number', sex: 'must be one of female, male' },
    })
    assert.is(encodeRow({}, table).problems.sex, 'must be given')
  }))

test('a row that the model does not take says what is wrong, by column', () => {
  const { problems } = encodeRow({ age: 'old', fare: '1', port: 'x', sex: 'other' }, TABLE)
  assert.equal(problems, { age: 'must be a number', sex: 'must be one of female, male' })
  assert.equal(encodeRow({}, TABLE).problems, { age: 'must be given', sex: 'must be given' })
  const named = { ...TABLE, columns: [{ kind: 'number' as const, name: 'constructor' }] }
  assert.equal(Object.keys(encodeRow({ age: '1' }, named).problems), ['constructor'])
})

test('what a model takes is what its file says, else what its shape says', () => {
  const of = (shape: number[], datatype = 'FP32') => [{ name: 'x', datatype, shape }]
  assert.equal(inputOf(undefined, of([-1, 28, 28, 1]))?.shape, [1, 28, 28, 1])
  const first = inputOf(undefined, of([-1, 3, 32, 48]))
  assert.equal([first?.shape, first?.isChannelsFirst], [[1, 3, 32, 48], true])
  const said = {
    kind: 'image' as const,
    height: 64,
    width: 96,
    channels: 3 as const,
    fit: 'cover' as const,
  }
  assert.equal(inputOf(said, of([-1, -1, -1, 3]))?.shape, [1, 64, 96, 3])
  assert.equal(inputOf(TABLE, of([-1, 10]))?.shape, [1, 10])
  const indices = { ...TABLE, columns: COLUMNS.filter(({ kind }) => kind === 'index') }
  assert.equal(inputOf(indices, of([-1, 1], 'INT32'))?.isWhole, true)
  assert.is(inputOf(indices, of([-1, 1])), undefined)
  // A file that brings pictures to its size says it too.
  const resizes = { ...said, inGraph: 'resize' as const }
  assert.equal(inputOf(resizes, of([-1, -1, -1, 3], 'UINT8'))?.shape, [1, 64, 96, 3])
  const turned = inputOf(resizes, of([-1, 3, -1, -1], 'UINT8'))
  assert.equal([turned?.shape, turned?.isChannelsFirst], [[1, 3, 64, 96], true])
  const mixes = { ...resizes, channels: 1 as const, colors: true as const }
  assert.equal(inputOf(mixes, of([-1, 3, -1, -1], 'UINT8'))?.shape, [1, 3, 64, 96])
  assert.is(inputOf(mixes, of([-1, -1, -1, 1], 'UINT8')), undefined)
  const inGraph = true as const
  assert.equal(inputOf({ ...TABLE, inGraph }, of([-1, 5]))?.shape, [1, 5])
  assert.equal(inputOf({ ...said, inGraph }, of([-1, 64, 96, 3], 'UINT8'))?.shape, [1, 64, 96, 3])
  assert.is(inputOf({ ...said, inGraph }, of([-1, 64, 96, 3])), undefined)
  assert.is(inputOf(said, of([-1, 64, 96, 3], 'UINT8')), undefined)
  for (const odd of [
    of([-1, 28, 28, 4]),
    of([-1, 10]),
    of([-1, 28, 28, 1], 'INT64'),
    [...of([1]), ...of([1])],
    [],
  ]) {
    assert.is(inputOf(undefined, odd), undefined)
  }
  // A size that nobody knows cannot be made.
  assert.is(inputOf(undefined, of([-1, -1, -1, 3])), undefined)
})

test('where the decimal sign of a table is a comma, either sign is taken', () => {
  const table = { kind: 'table', columns: [{ kind: 'number', name: 'a' }], decimal: ',' } as const
  const of = (a: string) => encodeRow({ a }, { ...table, columns: [...table.columns] })
  for (const text of ['1,5', '1.5', ' 1,5 ']) assert.equal([...of(text).data], [1.5])
  // As in tables, and by `ashlar predict`.
  for (const [text, value] of [
    ['1.000,5', 1000.5],
    ['1.234', 1234],
    ['-1.234.567', -1234567],
  ] as const) {
    assert.equal([...of(text).data], [value], text)
  }
  assert.equal(of('1.23.456').problems, { a: 'must be a number' })
  assert.equal(encodeRow({ a: '1,5' }, { kind: 'table', columns: [...table.columns] }).problems, {
    a: 'must be a number',
  })
})

test.run()
