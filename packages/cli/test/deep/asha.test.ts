import { join } from 'node:path'
import { resolveExperiment } from '@ashlar/experiment'
import { resolveReference } from '@ashlar/plugins'
import { createSweep, type FinishedSweep, parseSpace, planSweep, runSweep } from '@ashlar/sweep'
import { sampleSize } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { builtInPlugins } from '../../src/work/registry.ts'
import { TRIAL_PROCESS } from '../../src/work/trial-module.ts'
import { inScratch } from '../support/scratch.ts'

const test = suite('sweeps over MNIST')
const registry = builtInPlugins()

/** With plain gradient descent a rate that leads early leads late as well, until it is too large: what halving counts on. */
const DIGITS = {
  model: { name: 'mlp', hidden: [32] },
  dataset: { name: 'mnist', limit: 2000, validation: 500 },
  optimizer: { name: 'sgd' },
  batchSize: 32,
  epochs: 9,
}

/** Of the suggester; of the median, one half may do worse. */
const SEEDS = [1, 2, 3, 4, 5].slice(0, sampleSize(5, 3))

interface Made extends FinishedSweep {
  /** Of all trials together. */
  readonly steps: number
}

async function make(
  out: string,
  { trials, scheduler, seed }: { trials: number; scheduler: string; seed: number },
): Promise<Made> {
  const args = ['optimizer.learningRate=1e-4..1.0:log', 'optimizer.momentum=0..0.95']
  // One worker: which trials go on does not depend on which process is quicker.
  const { fixed } = parseSpace(args)
  const resolve = (overrides: readonly string[]) =>
    resolveExperiment(DIGITS, { registry, name: 'digits', overrides: [...fixed, ...overrides] })
  const named = (kind: 'suggester' | 'scheduler' | 'launcher', name: string) =>
    resolveReference(registry, kind, name, kind)
  const planned = await planSweep(
    {
      ...{ name: 'digits', target: 'digits', args, metric: 'val_loss', trials, seed },
      ...{ constraints: [], minutes: undefined, patience: undefined, attempts: 1 },
      ...{ threads: 1, parallel: 1, began: '2026-11-03T14:25:01.000Z' },
      suggester: named('suggester', 'random'),
      scheduler: resolveReference(registry, 'scheduler', scheduler, 'scheduler'),
      launcher: named('launcher', 'local'),
    },
    { registry, resolve },
  )
  const steps = new Map<string, number>()
  const finished = await runSweep(planned, await createSweep(out, planned), {
    ...{ resolve, module: TRIAL_PROCESS, command: [] },
    changed: (event) => {
      if (event.kind === 'result') steps.set(event.trial.id, event.trial.steps)
    },
  })
  return { ...finished, steps: [...steps.values()].reduce((sum, each) => sum + each, 0) }
}

test('asha finds what is as good as the best of 40 whole trials, in a third of their steps', () =>
  inScratch({}, async (out) => {
    const rows: { readonly steps: number; readonly gain: number }[] = []
    for (const seed of SEEDS) {
      const random = await make(join(out, `random-${seed}`), {
        trials: 40,
        scheduler: 'full',
        seed,
      })
      const asha = await make(join(out, `asha-${seed}`), {
        trials: 40,
        scheduler: 'asha',
        seed,
      })
      const [found, whole] = [asha.best!.metrics.val_loss!, random.best!.metrics.val_loss!]
      rows.push({ steps: asha.steps / random.steps, gain: whole - found })
      process.stdout.write(
        `seed ${seed}: val_loss ${found.toFixed(4)} by asha in ${asha.steps} steps, ${whole.toFixed(4)} by 40 whole trials in ${random.steps}\n`,
      )
    }
    const median = (values: readonly number[]) =>
      [...values].sort((a, b) => a - b)[SEEDS.length >> 1]!
    assert.ok(median(rows.map(({ gain }) => gain)) >= 0, 'as good')
    assert.ok(median(rows.map(({ steps }) => steps)) <= 1 / 3, 'in a third of the steps')
  }))

test.run()
