import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { oneIn, tieredSuite } from '../src/index.ts'

const test = suite('tieredSuite')

/** What runs of a suite in a tier, in order. */
async function ran(tier: string | undefined): Promise<string[]> {
  const told: string[] = []
  const tell = (what: string) => () => void told.push(what)
  const uvu = globalThis as unknown as { UVU_QUEUE: (() => Promise<unknown>)[][] }
  const queue = uvu.UVU_QUEUE
  uvu.UVU_QUEUE = [[]]
  try {
    const tiers = tieredSuite('made up', tier)
    tiers.test.before(tell('before'))
    tiers.test.before.each(tell('each'))
    tiers.test.after(tell('after'))
    tiers.test('quick', tell('quick'))
    tiers.slow('slow', tell('slow'))
    const some = oneIn(3, tiers)
    for (let index = 0; index < 5; index++) some(`${index}`, tell(`${index}`))
    tiers.test.run()
    for (const run of uvu.UVU_QUEUE[0]!) await run()
  } finally {
    uvu.UVU_QUEUE = queue
  }
  return told
}

const between = (...tests: string[]) => [
  'before',
  ...tests.flatMap((each) => ['each', each]),
  'after',
]

test('each test runs in one tier, between the hooks of its suite', async () => {
  assert.equal(await ran(undefined), between('quick', '0', '3'))
  assert.equal(await ran('slow'), between('slow', '1', '2', '4'))
})

test.run()
