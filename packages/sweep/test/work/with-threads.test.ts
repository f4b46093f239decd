import { corePlugins, type DatasetInfo } from '@ashlar/core'
import { type ResolvedExperiment, resolveExperiment } from '@ashlar/experiment'
import { definePlugin, Registry } from '@ashlar/plugins'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { z } from 'zod'
import { withThreads } from '../../src/work/with-threads.ts'

const test = suite('threads of a trial')

/** Datasets that nobody loads here, by how few threads they can have. */
function reading(name: string, fewest: number | undefined) {
  const threads = z
    .int()
    .min(fewest ?? 0)
    .optional()
    .describe('Threads.')
  return definePlugin({
    kind: 'dataset',
    name,
    description: 'Read by threads.',
    options: z.strictObject(fewest === undefined ? {} : { threads }),
    create: () => ({ info: {} as DatasetInfo, load: () => Promise.reject(new Error('not here')) }),
  })
}

const network = definePlugin({
  kind: 'model',
  name: 'network',
  description: 'None.',
  options: z.strictObject({}),
  create: () => {
    throw new Error('not here')
  },
})

const registry = new Registry()
  .register(corePlugins, '@ashlar/core')
  .register([network, reading('none', 0), reading('one', 1), reading('memory', undefined)], 'here')

async function threadsOf(
  parts: { engine?: object; dataset: string | object },
  threads: number,
): Promise<unknown[]> {
  const input = { name: 'x', model: 'network', engine: { name: 'onnxruntime' }, ...parts }
  const resolved: ResolvedExperiment = await resolveExperiment(input, { registry })
  const { engine, dataset } = withThreads(resolved, threads).experiment
  return [engine.threads, dataset.threads]
}

test('the engine has them, and a dataset no readers beside the only one', async () => {
  assert.equal(await threadsOf({ dataset: 'none' }, 1), [1, 0])
  assert.equal(await threadsOf({ dataset: 'none' }, 4), [4, 4])
  assert.equal(await threadsOf({ dataset: 'one' }, 1), [1, 1])
  assert.equal(await threadsOf({ dataset: 'memory' }, 2), [2, undefined])
})

test('what the experiment says stays', async () => {
  const engine = { name: 'onnxruntime', threads: 3 }
  assert.equal(await threadsOf({ engine, dataset: { name: 'none', threads: 5 } }, 1), [3, 5])
  assert.equal(await threadsOf({ engine: { name: 'tfjs' }, dataset: 'none' }, 1), [undefined, 0])
})

test.run()
