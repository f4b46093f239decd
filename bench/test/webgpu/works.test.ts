import { join } from 'node:path'
import { findVulkan, NO_ADAPTER } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { missingModule } from '../../src/harness/commands.ts'
import { Worker } from '../../src/harness/worker.ts'
import { withDataFiles } from '../../src/train/data/files.ts'
import { sizesOf, withoutDropout } from '../../src/train/declaration.ts'
import { learners } from '../../src/train/learn.ts'
import { withFile } from '../../src/train/network-file.ts'
import type { LearnRequest, Learnt } from '../../src/train/protocol.ts'
import { type Work, workOf } from '../../src/train/work.ts'
import { declarations } from '../../src/train/works/index.ts'

const python = process.env.ASHLAR_PYTHON ?? 'python3'

const PROVIDERS = ['cpu', 'webgpu'] as const

/** Largest difference of each loss, as a part of it. */
const ALLOWED = [1e-4, 5e-3, 2e-2]

const test = suite('works on WebGPU')

const vulkan = findVulkan()
test.after(vulkan.remove)

/** Some steps on a provider, in a process of its own. */
async function learnOn(provider: (typeof PROVIDERS)[number], work: Work): Promise<Learnt> {
  const samples = await declarations
    .find(({ name }) => name === work.network)!
    .data(work.sizes, 3 * work.batch)
  return await withDataFiles(samples, async (data, own) => {
    const command = learners[0]!.command({ python: '', tfjsNode: '' })
    const given = await withFile(work, python, own)
    const worker = new Worker(provider, { ...command, env: vulkan.env })
    const request: LearnRequest = {
      ...{ work: given, data, threads: 1, variant: provider === 'cpu' ? '' : provider },
      ...{ weights: join(own, 'weights'), draws: 1, steps: ALLOWED.length, tested: 0 },
    }
    try {
      return await worker.call<Learnt>('learn', { ...request })
    } finally {
      await worker.end()
    }
  })
}

const works = declarations.map((declaration) =>
  workOf(declaration, 'training', {
    batch: 8,
    sizes: withoutDropout(sizesOf(declaration, true)),
  }),
)

const simplest = works.find(({ network }) => network === 'mlp')!
const missing = await learnOn('webgpu', simplest).then(
  () => undefined,
  ({ message }: Error) => {
    if (NO_ADAPTER.test(message)) return message.split('\n').at(-1)!
    throw new Error(message)
  },
)
if (missing !== undefined) process.stdout.write(`skipped: no WebGPU here: ${missing}\n`)

for (const work of missing === undefined ? works : []) {
  const lacks = await missingModule(python, work.exportedWith ?? [])
  if (lacks !== undefined) {
    process.stdout.write(`skipped: ${work.network}: ${lacks}\n`)
    continue
  }
  test(`${work.network}: the losses of the CPU's steps, and what falls back is said`, async () => {
    const [cpu, gpu] = [await learnOn('cpu', work), await learnOn('webgpu', work)]
    process.stdout.write(`${work.network} leaves to the CPU: ${gpu.fallbacks!.join(', ')}\n`)
    for (const [step, loss] of gpu.losses.entries()) {
      const own = cpu.losses[step]!
      const said = `step ${step}: ${loss} against ${own}`
      assert.ok(Math.abs(loss - own) <= ALLOWED[step]! * own, said)
    }
    assert.is(gpu.losses.length, ALLOWED.length)
  })
}

test.run()
