import { spawnSync } from 'node:child_process'
import { runCheck } from '@ashlar/core/testing'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseSpace } from '../../src/index.ts'
import { randomSuggester } from '../../src/suggest/random.ts'
import type { Observation, Suggester } from '../../src/suggest/suggester.ts'
import { tpePlugin, tpeSuggester } from '../../src/suggest/tpe.ts'
import { suggesterChecks } from '../../src/testing/suggester-checks.ts'
import { registry } from '../support/plugins.ts'
import { inScratch, makeTiny } from '../support/sweep.ts'

/** A Python that has the package `optuna`. */
const python = process.env.ASHLAR_PYTHON ?? 'python3'
const isThere = spawnSync(python, ['-c', 'import optuna']).status === 0

const test = suite('tpe by Optuna')

const space = {
  parameters: parseSpace(['x=0.0..1.0', 'y=1e-4..1.0:log', 'c=a,b,c']).parameters,
  constraints: [],
}

/** Least at x = 0.7, y = 0.01, c = b; only there 0. */
function worth({ x, y, c }: Observation['point']): number {
  return (Number(x) - 0.7) ** 2 + (Math.log10(Number(y)) + 2) ** 2 / 4 + (c === 'b' ? 0 : 1)
}

async function bestOf(suggester: Suggester, seed: number): Promise<number> {
  const suggestions = await suggester.begin({ space, seed, trials: 40 })
  const observed: Observation[] = []
  try {
    for (let index = 0; index < 40; index++) {
      const point = (await suggestions.suggest(index, observed))!
      observed.push({ point, score: worth(point) })
    }
  } finally {
    await suggestions.end?.()
  }
  return Math.min(...observed.map(({ score }) => score!))
}

if (!isThere) {
  test(`NOT RUN: ${python} has no optuna (set ASHLAR_PYTHON to one that has)`, () => undefined)
} else {
  for (const check of suggesterChecks) {
    test(`suggester tpe: ${check.name}`, () => runCheck(check, tpePlugin, {}, registry()))
  }

  test('learns: what it finds is better than what chance does', async () => {
    const median = async (suggester: Suggester) => {
      const found = await Promise.all([1, 2, 3].map((seed) => bestOf(suggester, seed)))
      return found.sort((a, b) => a - b)[1]!
    }
    const [learnt, drawn] = [await median(tpeSuggester()), await median(randomSuggester())]
    assert.ok(learnt < drawn / 2, `${learnt}, by chance ${drawn}`)
  })

  test('makes the trials of a sweep, and goes on with one', () =>
    inScratch(async (out) => {
      const asked = {
        args: ['optimizer.learningRate=1e-4..1e-1:log', 'model.units=2..8', 'epochs=1'],
        suggester: { name: 'tpe', startup: 3 },
        parallel: 1,
      }
      const whole = await makeTiny(out, { ...asked, trials: 6 })
      assert.is(whole.trials.filter(({ status }) => status === 'completed').length, 6)
      const begun = await makeTiny(`${out}/begun`, { ...asked, trials: 4 })
      const resumed = await makeTiny(out, { ...asked, trials: 6 }, { folder: begun.folder })
      assert.equal([resumed.trials, resumed.best], [whole.trials, whole.best])
    }))
}

test.run()
