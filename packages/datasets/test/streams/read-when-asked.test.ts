import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readWhenAsked } from '../../src/streams/stores/read-when-asked.ts'

const test = suite('fields that are read when they are asked for')

test('each is read once, and those that nobody asks for are not', () => {
  const read: string[] = []
  const of = (name: string) => () => {
    read.push(name)
    return Buffer.from(name)
  }
  const record = readWhenAsked(['picture', 'mask'].map((name) => [name, of(name)]))
  assert.equal(Object.keys(record), ['picture', 'mask'])
  assert.equal(read, [])
  assert.is(String(record.picture), 'picture')
  assert.is(record.picture, record.picture)
  assert.equal(read, ['picture'])
})

test('what cannot be read says so each time', () => {
  const record = readWhenAsked([
    [
      'lost',
      () => {
        throw new Error('gone')
      },
    ],
  ])
  assert.throws(() => record.lost, 'gone')
  assert.throws(() => record.lost, 'gone')
})

test.run()
