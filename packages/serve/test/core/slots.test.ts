import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Slots } from '../../src/core/slots.ts'

const test = suite('slots')

/** Work that ends when it is told to. */
function work() {
  let begun = false
  let end: () => void = () => undefined
  const done = new Promise<void>((resolve) => {
    end = resolve
  })
  return {
    run: () => {
      begun = true
      return done
    },
    end: () => end(),
    hasBegun: () => begun,
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

test('are given one after another', async () => {
  const slots = new Slots(2, 300_000)
  const all = [work(), work(), work(), work()]
  const asked = all.map(({ run }) => slots.use(run))
  const begun = () => all.map(({ hasBegun }) => hasBegun())
  await turn()
  assert.equal(begun(), [true, true, false, false])
  all[1]!.end()
  await turn()
  assert.equal(begun(), [true, true, true, false])
  for (const { end } of all) end()
  await Promise.all(asked)
  assert.equal(begun(), [true, true, true, true])
})

test('of who takes long go to others, and are given back once', async () => {
  const slots = new Slots(1, 1)
  const [endless, second, third] = [work(), work(), work()]
  const first = slots.use(endless.run)
  const next = slots.use(second.run)
  while (!second.hasBegun()) await turn()
  second.end()
  await next
  endless.end()
  await first
  const patient = slots.use(third.run)
  await turn()
  assert.ok(third.hasBegun())
  third.end()
  await patient
})

test('of work that fails are free again', async () => {
  const slots = new Slots(1, 300_000)
  const failed = await slots
    .use(() => Promise.reject(new Error('no')))
    .catch((error: Error) => error.message)
  assert.is(failed, 'no')
  assert.is(await slots.use(async () => 7), 7)
})

test.run()
