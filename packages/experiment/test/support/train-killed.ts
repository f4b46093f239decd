import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Callback } from '@ashlar/core'
import {
  buildExperiment,
  createRun,
  isRun,
  openCheckpoint,
  openRun,
  type RunFolder,
  resolveExperiment,
  trainExperiment,
} from '../../src/index.ts'
import { testRegistry } from './plugins.ts'

/** An experiment with whatever has a memory. */
export const experiment = {
  name: 'trial',
  model: 'perceptron',
  dataset: { name: 'clouds', limit: 40 },
  optimizer: { name: 'adam', learningRate: { name: 'cosine', initial: 0.05 }, average: 0.9 },
  epochs: 4,
  batchSize: 8,
  accumulate: 2,
  engine: 'tfjs',
  augmentations: ['mixup'],
  fold: { count: 5, index: 0 },
  callbacks: {
    checkpoint: { everySteps: 3 },
    'early-stopping': { patience: 2 },
    'reduce-on-plateau': { patience: 1, factor: 0.5 },
    'csv-log': {},
    'best-weights': { keep: 2 },
  },
}

/**
 * Trains it into a folder, goes on if there is a run; returns the weights that it ends with.
 *
 * @param changes of the experiment.
 */
export async function trainInto(
  out: string,
  callbacks: readonly Callback[] = [],
  changes: object = {},
): Promise<Buffer> {
  const resolved = await resolveExperiment(
    { ...experiment, ...changes },
    { registry: testRegistry() },
  )
  const parts = await buildExperiment(resolved)
  try {
    const run = await runIn(out)
    const resume = await openCheckpoint(run)
    await trainExperiment(resolved.experiment, parts, {
      run,
      began: new Date(0),
      callbacks,
      resume,
    })
    return await readFile(run.file('weights.safetensors'))
  } finally {
    await parts.dispose()
  }
}

async function runIn(out: string): Promise<RunFolder> {
  const latest = `${out}/latest`
  return (await isRun(latest)) ? openRun(latest) : createRun(out, 'trial', new Date(0))
}

// As a program: ends itself with SIGKILL in a step, if one is given.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , out, step] = process.argv
  const kill: Callback = {
    name: 'kill',
    onBatchEnd(log) {
      if (String(log.step) === step) process.kill(process.pid, 'SIGKILL')
    },
  }
  await trainInto(out!, [kill])
}
