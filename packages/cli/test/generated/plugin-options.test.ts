import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { defineExperiment, type TypedExperiment } from '../../src/index.ts'
import { optionTypes } from '../../src/work/option-types.ts'
import { builtInPlugins } from '../../src/work/registry.ts'

const test = suite('types of plugin options')

test('are those of the plugins that come with Ashlar', () => {
  const file = new URL('../../src/generated/plugin-options.ts', import.meta.url)
  const update =
    'node scripts/pnpm.js ashlar schema --types --out packages/cli/src/generated/plugin-options.ts'
  assert.is(
    readFileSync(file, 'utf8') === optionTypes(builtInPlugins().list()),
    true,
    `plugins have changed; run: ${update}`,
  )
})

test('let through what an experiment may say, and refuse what it may not', () => {
  const right: TypedExperiment = defineExperiment({
    defaults: ['base', { optimizer: 'fast' }],
    model: { name: 'mini-resnet', numClasses: 10 },
    dataset: 'mnist',
    optimizer: { name: 'adam', learningRate: { name: 'cosine', initial: 0.002 } },
    metrics: ['accuracy', { name: 'top-k', k: 3 }],
    callbacks: {
      'time-budget': { minutes: 3 },
      'early-stopping': null,
      last: { name: 'early-stopping', monitor: 'loss' },
    },
    epochs: 2,
  })
  // What the compiler says of these is part of `pnpm check`.
  const wrong: TypedExperiment[] = [
    // @ts-expect-error: an unknown plugin
    { model: 'mini-resnt' },
    // @ts-expect-error: an option of another plugin
    { model: { name: 'mini-resnet', units: 3 } },
    // @ts-expect-error: a wrong type
    { dataset: { name: 'mnist', limit: 'many' } },
    // @ts-expect-error: an unknown schedule
    { optimizer: { name: 'adam', learningRate: { name: 'cosin', initial: 0.002 } } },
    // @ts-expect-error: a misspelt key
    { epoch: 3 },
    // @ts-expect-error: a misspelt callback
    defineExperiment({ callbacks: { 'time-bugdet': { minutes: 3 } } }),
    // @ts-expect-error: an unknown callback
    defineExperiment({ callbacks: { last: { name: 'early-stoping' } } }),
    // @ts-expect-error: an option of a callback of a wrong type
    defineExperiment({ callbacks: { 'time-budget': { minutes: 'three' } } }),
  ]
  assert.is(right.epochs, 2)
  assert.is(wrong.length, 8)
})

test.run()
