import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { latestOnly } from '../../src/public/latest.js'

const test = suite('latestOnly')
const turn = () => new Promise((resolve) => setImmediate(resolve))

test('while one input is worked on, only the newest of the later ones waits', async () => {
  const seen: number[] = []
  const ends: (() => void)[] = []
  const ask = latestOnly(
    (input: number) =>
      new Promise<void>((resolve) => {
        seen.push(input)
        ends.push(resolve)
      }),
    () => assert.unreachable('no input may fail'),
  )
  for (const input of [1, 2, 3, 4]) ask(input)
  assert.equal(seen, [1])
  ends[0]!()
  await turn()
  assert.equal(seen, [1, 4])
  ends[1]!()
  await turn()
  ask(5)
  assert.equal(seen, [1, 4, 5])
})

test('a failure is told, and the next input is taken all the same', async () => {
  const errors: unknown[] = []
  const seen: number[] = []
  const ask = latestOnly(
    async (input: number) => {
      seen.push(input)
      if (input === 1) throw new Error('no answer')
    },
    (error) => errors.push(error),
  )
  ask(1)
  ask(2)
  await turn()
  assert.equal(seen, [1, 2])
  assert.is((errors[0] as Error).message, 'no answer')
})

test.run()
