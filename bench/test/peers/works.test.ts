import { existsSync } from 'node:fs'
import { sampled } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { missingModule } from '../../src/harness/commands.ts'
import { sizesOf, withoutDropout } from '../../src/train/declaration.ts'
import { OURS } from '../../src/train/engines.ts'
import { learn, learners } from '../../src/train/learn.ts'
import { workOf } from '../../src/train/work.ts'
import { declarations } from '../../src/train/works/index.ts'

/** A Python that may have what bench/setup installs. */
const python = process.env.ASHLAR_PYTHON ?? 'python3'
const places = { python, tfjsNode: '' }

/** Largest difference of each loss, as a part of it. No update has touched the first; deep networks soon make more of what rounding leaves. */
const ALLOWED = [1e-4, 5e-3, 2e-2]

const test = suite('the same network in all languages')

const missing = await Promise.all(learners.map((engine) => engine.missing(places)))
const present = learners.filter((_, index) => missing[index] === undefined)
for (const reason of missing) {
  if (reason !== undefined) process.stdout.write(`skipped: ${reason}\n`)
}

test('every work is there in Python too', () => {
  for (const { name } of declarations) {
    const peers = new URL(`../../src/train/works/${name}/peers.py`, import.meta.url)
    assert.ok(existsSync(peers), `${name} has no peers.py`)
  }
})

const some = sampled(5, test)

for (const declaration of present.length > 1 ? declarations : []) {
  const { name, exportedWith = [] } = declaration
  const lacks = await missingModule(python, exportedWith)
  if (lacks !== undefined) {
    process.stdout.write(`skipped: ${name}: ${lacks}\n`)
    continue
  }
  const sizes = withoutDropout(sizesOf(declaration, true))
  const work = workOf(declaration, 'training', { batch: 8, sizes })

  some(`${name}: as many parameters, and the same losses from the same weights`, async () => {
    const learnt = await learn(work, present, {
      ...{ places, threads: 1, seed: 1, steps: ALLOWED.length },
      ...{ trained: 32, tested: 8 },
    })
    const ours = learnt.get(OURS)!
    assert.is(ours.losses.length, ALLOWED.length)
    for (const [name, { parameters, losses }] of learnt) {
      assert.is(parameters, ours.parameters, `parameters of ${name}`)
      for (const [step, loss] of losses.entries()) {
        const allowed = ALLOWED[step]! * ours.losses[step]!
        const said = `${name}, step ${step}: ${loss} against ${ours.losses[step]}`
        assert.ok(Math.abs(loss - ours.losses[step]!) <= allowed, said)
      }
    }
  })
}

test.run()
