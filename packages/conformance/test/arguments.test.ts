import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readArguments } from '../src/arguments.ts'

const test = suite('arguments')

function refusal(args: readonly string[]): string {
  try {
    readArguments(args)
  } catch (error) {
    return (error as Error).message
  }
  throw new Error('nothing was refused')
}

test('default to both parts, the whole suite, on onnxruntime', () => {
  const options = readArguments([])
  assert.equal(
    options.parts.map(({ name }) => name),
    ['op-table', 'default'],
  )
  assert.equal(options.shard, { index: 0, of: 1 })
  assert.is(options.backend, 'onnxruntime')
  assert.is(options.grep, undefined)
  assert.not(options.kernels)
})

test('choose a part, a shard and specs', () => {
  const options = readArguments([
    ...['--part', 'default', '--shard', '2/4'],
    ...['--jobs', '3', '--grep', 'conv2d', '--kernels'],
  ])
  assert.equal(
    options.parts.map(({ name }) => name),
    ['default'],
  )
  assert.equal(options.shard, { index: 1, of: 4 })
  assert.is(options.jobs, 3)
  assert.is(options.grep, 'conv2d')
  assert.ok(options.kernels)
})

test('run the reference once', () => {
  const options = readArguments(['--reference'])
  assert.is(options.backend, 'cpu')
  assert.is(options.parts.length, 1)
})

test('refuse a part that does not exist', () => {
  assert.match(refusal(['--part', 'optable']), /--part must be one of/)
})

for (const shard of ['0/4', '5/4', '1/0', 'a/b', '1', '1.5/2']) {
  test(`refuse the shard ${shard}`, () => {
    assert.match(refusal(['--shard', shard]), /--shard must be INDEX\/COUNT/)
  })
}

for (const jobs of ['0', '1.5', 'two', '-1']) {
  test(`refuse ${jobs} jobs`, () => {
    assert.match(refusal([`--jobs=${jobs}`]), /--jobs must be a positive integer/)
  })
}

test.run()
