import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { sizesOf, withoutDropout } from '../../src/train/declaration.ts'
import { OURS } from '../../src/train/engines.ts'
import { learn, learners } from '../../src/train/learn.ts'
import { workOf } from '../../src/train/work.ts'
import { declarations } from '../../src/train/works/index.ts'

/** A Python that may have what bench/setup installs. */
const python = process.env.ASHLAR_PYTHON ?? 'python3'
const places = { python, tfjsNode: '' }

/** Largest difference of the first loss, which no update has touched, and of the next ones, as parts of it. */
const FIRST = 1e-5
const NEXT = 1e-3

const test = suite('the same network in all languages')

const missing = await Promise.all(learners.map((engine) => engine.missing(places)))
const present = learners.filter((_, index) => missing[index] === undefined)
for (const reason of missing) {
  if (reason !== undefined) process.stdout.write(`skipped: ${reason}\n`)
}

for (const declaration of present.length > 1 ? declarations : []) {
  const sizes = withoutDropout(sizesOf(declaration, true))
  const work = workOf(declaration, 'training', { batch: 4, sizes })

  test(`${declaration.name}: as many parameters, and the same losses from the same weights`, async () => {
    const learnt = await learn(work, present, {
      ...{ places, threads: 1, seed: 1, steps: 4 },
      ...{ trained: 16, tested: 4 },
    })
    const ours = learnt.get(OURS)!
    assert.is(ours.losses.length, 4)
    for (const [name, { parameters, losses }] of learnt) {
      assert.is(parameters, ours.parameters, `parameters of ${name}`)
      for (const [step, loss] of losses.entries()) {
        const allowed = (step === 0 ? FIRST : NEXT) * ours.losses[step]!
        const said = `${name}, step ${step}: ${loss} against ${ours.losses[step]}`
        assert.ok(Math.abs(loss - ours.losses[step]!) <= allowed, said)
      }
    }
  })
}

test.run()
