import { DataError } from '@ashlar/errors'
import { refusal } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { theOnly } from '../../src/data/fields.ts'
import { passRows } from '../../src/data/order.ts'
import {
  foldAt,
  inMemory,
  type PassOptions,
  readBatches,
  readLabels,
  readSamples,
  type Samples,
  selectSamples,
} from '../../src/index.ts'
import { points, stripes } from '../support/points.ts'
import { streamed } from '../support/streamed.ts'

const test = suite('streams')

async function passOver(samples: Samples, options: PassOptions) {
  const found: { rows: number[]; inputs: number[]; labels: number[] }[] = []
  for await (const { rows, inputs, labels, length } of readBatches(samples, options)) {
    assert.is(rows.length, length)
    found.push({
      rows: [...rows],
      inputs: [...theOnly('test', inputs)],
      labels: [...theOnly('test', labels)],
    })
  }
  return found
}

test('a stream gives what arrays give, in the same order, from any batch on', async () => {
  for (const samples of [points(23), stripes(23)]) {
    for (const labels of [false, true]) {
      const stream = streamed(samples, { labels })
      for (const shuffle of [undefined, { seed: 3, epoch: 1 }]) {
        for (const [batchSize, skip, ahead] of [
          [5, 0, 4],
          [5, 3, 0],
          [30, 0, 1],
          [1, 20, 9],
          [5, 5, 2],
        ] as const) {
          const options = { batchSize, shuffle, skip, ahead }
          assert.equal(await passOver(stream, options), await passOver(samples, options))
        }
      }
    }
  }
})

test('reads so many batches ahead and no more, and none that nobody waits for', async () => {
  let reads = 0
  const stream = streamed(points(40), { onRead: () => void reads++ })
  const pass = readBatches(stream, { batchSize: 2, ahead: 3 })
  await pass.next()
  await new Promise((resolve) => setTimeout(resolve, 20))
  assert.is(reads, 4)
  await pass.next()
  await new Promise((resolve) => setTimeout(resolve, 20))
  assert.is(reads, 5)
  await pass.return()
  await new Promise((resolve) => setTimeout(resolve, 20))
  assert.is(reads, 5)
})

test('memory is that of the batches in hand, however many samples there are', async () => {
  const given = new Set<ArrayBufferLike>()
  const readTo = new Set<ArrayBufferLike>()
  const { stream, ...rest } = streamed(points(500))
  const watched: Samples = {
    ...rest,
    stream: {
      ...stream,
      read(rows, into, options) {
        readTo.add(theOnly('test', into.inputs).buffer)
        return stream.read(rows, into, options)
      },
    },
  }
  for await (const { inputs } of readBatches(watched, { batchSize: 4, ahead: 2 })) {
    given.add(theOnly('test', inputs).buffer)
  }
  assert.is(given.size, 1)
  assert.is(readTo.size, 2)
  assert.ok([...readTo].every((buffer) => buffer instanceof SharedArrayBuffer))
})

test('what cannot be read ends the pass at its batch, whatever was read ahead', async () => {
  const stream = streamed(points(20), {
    onRead(rows) {
      if (rows.includes(9)) {
        throw new DataError({ where: 'b.tar', expected: 'must be whole' })
      }
    },
  })
  const seen: number[] = []
  const message = await refusal(async () => {
    for await (const { rows } of readBatches(stream, { batchSize: 3 })) seen.push(...rows)
  })
  assert.is(message, 'b.tar: must be whole')
  assert.equal(seen, [0, 1, 2, 3, 4, 5, 6, 7, 8])
})

test('reads some samples, selects some, and gathers labels', async () => {
  const samples = points(17)
  for (const labels of [false, true]) {
    const stream = streamed(samples, { labels, chunks: { of: (row) => row >> 2, buffer: 4 } })
    const rows = [16, 0, 3, 3]
    assert.equal(await readSamples(stream, rows), await readSamples(samples, rows))
    const few = selectSamples(stream, rows)
    assert.is(few.inputs, undefined)
    const all = [0, 1, 2, 3]
    assert.equal(await readSamples(few, all), await readSamples(samples, rows))
    assert.equal(
      [...theOnly('test', await readLabels(few))],
      [...theOnly('test', await readLabels(selectSamples(samples, rows)))],
    )
    assert.equal(few.stream?.chunks?.of(0), 4)
    const again = selectSamples(few, [3, 0])
    assert.equal(await readSamples(again, [0, 1]), await readSamples(samples, [3, 16]))
  }
  assert.throws(() => inMemory(streamed(samples)), /must lie in memory/)
  const wide = streamed({ ...samples, info: { ...samples.info, labelShape: [2] } })
  assert.match(await refusal(() => readLabels(wide)), /labels of a stream must be one number each/)
  const all = theOnly('test', await readLabels(wide, { places: true }))
  assert.is(all.length, wide.length * wide.info.labelShape.reduce((size, each) => size * each, 1))
})

test('labels that lie in a Buffer are taken as bytes of their own', () => {
  const { info, ...stream } = streamed(points(5))
  const labels = Buffer.from([5, 6, 7, 8, 9])
  const few = selectSamples({ ...stream, labels, info }, [4, 0, 4])
  const found = theOnly('test', few.labels!)
  assert.not.ok(Buffer.isBuffer(found))
  assert.equal(found, Uint8Array.of(9, 5, 9))
})

test('a fold of a stream is the fold of the arrays', async () => {
  const samples = points(31)
  for (let index = 0; index < 3; index++) {
    const expected = foldAt(samples, { count: 3, seed: 2 }, index)
    const found = foldAt(streamed(samples, { labels: true }), { count: 3, seed: 2 }, index)
    for (const part of ['train', 'validation'] as const) {
      const options = { batchSize: 100 }
      assert.equal(await passOver(found[part], options), await passOver(expected[part], options))
    }
  }
})

test('chunks come in a mixed order, mixed among each other within the buffer, each sample once', () => {
  // Chunks of different sizes: 0, 1 1, 2 2 2, ...
  const chunkOf: number[] = []
  for (let chunk = 0; chunk < 24; chunk++) chunkOf.push(...Array(chunk + 1).fill(chunk))
  const length = chunkOf.length
  for (const buffer of [1, 7, 40, 1000]) {
    const split = { length, stream: { chunks: { of: (row: number) => chunkOf[row]!, buffer } } }
    const orders = [1, 2, 1].map((epoch) => [...passRows(split, { seed: 5, epoch })])
    assert.equal(orders[0], orders[2])
    assert.not.equal(orders[0], orders[1])
    assert.not.equal(orders[0], [...passRows(split, { seed: 6, epoch: 1 })])
    for (const order of orders) {
      assert.equal(
        [...order].sort((a, b) => a - b),
        [...Array(length).keys()],
      )
      // Whoever reads in this order has few chunks open: those that a buffer spans.
      const opened: number[] = []
      for (let start = 0; start < length; start += buffer) {
        const chunks = new Set(order.slice(start, start + buffer).map((row) => chunkOf[row]!))
        opened.push(...[...chunks].filter((chunk) => opened.at(-1) !== chunk))
        const rows = order.slice(start, start + buffer).sort((a, b) => a - b)
        const whole = rows.filter((row, at) => at === 0 || rows[at - 1] !== row - 1).length
        assert.ok(whole <= chunks.size, 'rows of a chunk follow one another within a buffer')
      }
    }
    if (buffer > 1) {
      assert.not.equal(
        orders[0]!.slice(0, buffer),
        orders[0]!.slice(0, buffer).sort((a, b) => a - b),
      )
    }
    assert.equal([...passRows(split, undefined)], [...Array(length).keys()])
  }
})

test.run()
