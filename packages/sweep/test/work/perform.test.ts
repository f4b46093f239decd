import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Dataset, fromData, layers, Model, type Samples } from '@ashlar/core'
import { resolveExperiment } from '@ashlar/experiment'
import { definePlugin, type Plugin } from '@ashlar/plugins'
import type { Tensor } from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { z } from 'zod'
import { performTask } from '../../src/index.ts'
import { trialId } from '../../src/trials/digest.ts'
import { configOf } from '../../src/work/perform.ts'
import { registry } from '../support/plugins.ts'
import { inScratch } from '../support/sweep.ts'
import { plainTask } from '../support/task.ts'

const test = suite('a piece of work')

class Net extends Model {
  readonly head = layers.dense({ units: 1 })
  override call(x: Tensor): Tensor {
    return this.head.apply(x)
  }
}

const scale = z.strictObject({ mean: z.array(z.number()), std: z.array(z.number()) })

const net: Plugin<'model'> = definePlugin({
  kind: 'model',
  name: 'net',
  description: 'A dense layer.',
  options: z.strictObject({ scale: fromData(scale, 'targetScale').describe('Where numbers lie.') }),
  create: () => new Net(),
})

const prices: Plugin<'dataset'> = definePlugin({
  kind: 'dataset',
  name: 'prices',
  description: 'One number, and one to predict.',
  options: z.strictObject({}),
  create: (): Dataset => {
    const info: Samples['info'] = {
      ...{ inputShape: [1], labelShape: [], inputDtype: 'float32', inputRange: [0, 3] },
    }
    const numbers = Float32Array.of(0, 1, 2, 3)
    const rows: Samples = { inputs: numbers, labels: numbers, length: 4, info }
    return {
      info: {
        ...{ name: 'prices', licence: 'none', source: 'made up', classes: [] },
        ...{ ...info, targetScale: { mean: [9], std: [2] } },
      },
      load: async () => ({ train: rows, test: rows, digest: 'sha256:prices' }),
    }
  },
})

test('a trial that goes on keeps what its data told its model when it began', () =>
  inScratch(async (folder) => {
    await writeFile(join(folder, 'sweep.json'), '{}')
    const options = { registry: registry().register([net, prices], 'this test'), folder }
    const input = { name: 'x', model: 'net', dataset: 'prices', engine: 'tfjs', epochs: 4 }
    const resolved = await resolveExperiment(input, options)
    const task = {
      ...{ ...plainTask('0'), id: trialId(resolved.experiment), config: configOf(resolved) },
      metric: 'loss',
    }
    const facts = join(folder, task.id, 'facts.json')
    const until = async (epochs: number) => {
      const { status, error } = await performTask({ ...task, until: epochs }, options)
      assert.is(status, 'reached', error?.message)
      return JSON.parse(await readFile(facts, 'utf8')) as object
    }
    const began = { version: 1, targetScale: { mean: [9], std: [2] } }
    assert.equal(await until(1), began)
    assert.equal(await until(2), began)
    // As a version leaves it that did not ask this data.
    await rm(facts)
    await rm(join(folder, task.id, 'description.json'))
    assert.equal(await until(3), { version: 1 })
  }))

test.run()
