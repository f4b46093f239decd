import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DataError } from '@ashlar/errors'
import { definePlugin } from '@ashlar/plugins'
import { inScratch, refusal } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { z } from 'zod'
import { withNeeds } from '../../src/experiment/needs.ts'
import { buildExperiment, resolveExperiment } from '../../src/index.ts'
import { clouds, testRegistry } from '../support/plugins.ts'

const test = suite('files that an experiment needs')

const needs = [
  { file: 'first/latest/weights.safetensors', command: 'ashlar run first --out first' },
]

/** Why an experiment that begins with weights cannot be built. */
const refused = (folder: string, more: object) =>
  refusal(async () => {
    const input = { name: 'x', model: 'perceptron', dataset: 'clouds', folder, ...more }
    await buildExperiment(await resolveExperiment(input, { registry: testRegistry(), folder }))
  })

test('where one is missing that something else makes, the error says what does', () =>
  inScratch({}, async (folder) => {
    const [{ file }] = needs as [(typeof needs)[0]]
    assert.is(
      await refused(folder, { weights: file, needs }),
      `${file}: must be there before this experiment\n  Make it with: ashlar run first --out first`,
    )
    // The same file by another name.
    assert.match(await refused(folder, { weights: join(folder, file), needs }), 'Make it with')
  }))

test('data that is read later says so as well, whoever loads it', () =>
  inScratch({}, async (folder) => {
    const [{ file }] = needs as [(typeof needs)[0]]
    const registry = testRegistry().register(
      [
        definePlugin({
          kind: 'dataset',
          name: 'stored',
          description: 'Points whose file is read when they are loaded.',
          options: z.strictObject({}),
          create: (_, context) => {
            const made = clouds.create({ limit: 9 }, context)
            const load = () => readFile(join(folder, file)).then(() => made.load())
            return { info: made.info, load }
          },
        }),
      ],
      'tests',
    )
    const input = { name: 'x', model: 'perceptron', dataset: 'stored', folder, needs }
    const parts = await buildExperiment(await resolveExperiment(input, { registry, folder }))
    assert.is(
      await refusal(async () => {
        await parts.dataset.load()
      }),
      `${file}: must be there before this experiment\n  Make it with: ashlar run first --out first`,
    )
    await parts.dispose()
  }))

test('another file, or another error, stays what it was', () =>
  inScratch({}, async (folder) => {
    assert.match(
      await refused(folder, { weights: 'other.safetensors', needs }),
      /other\.safetensors: the weights file must be readable/,
    )
    const experiment = { folder, needs }
    for (const error of [
      new DataError({ where: 'x', expected: 'must be whole' }),
      Object.assign(new Error('denied'), { code: 'EACCES', path: join(folder, needs[0]!.file) }),
      'no error at all',
    ]) {
      const thrown = await withNeeds(experiment, () => Promise.reject(error)).catch((it) => it)
      assert.is(thrown, error)
    }
    assert.is(await withNeeds(experiment, () => 3), 3)
  }))

test.run()
