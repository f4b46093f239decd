import { fileURLToPath } from 'node:url'
import { corePlugins, type Dataset, definePlugin } from '@ashlar/core'
import {
  buildExperiment,
  createRun,
  isRun,
  openCheckpoint,
  openRun,
  resolveExperiment,
  trainExperiment,
} from '@ashlar/experiment'
import { exporterPlugins } from '@ashlar/export'
import { Registry } from '@ashlar/plugins'
import { z } from 'zod'
import { trackerPlugins } from '../../src/index.ts'
import { Tiny, tinySamples } from './train.ts'

const tiny = definePlugin({
  kind: 'model',
  name: 'tiny',
  description: 'One dense layer.',
  options: z.strictObject({}),
  create: () => new Tiny(),
})

const waves = definePlugin({
  kind: 'dataset',
  name: 'waves',
  description: 'Made-up numbers.',
  options: z.strictObject({}),
  create: (): Dataset => {
    const samples = tinySamples()
    const info = { ...samples.info, name: 'waves', classes: ['a', 'b', 'c'] }
    return {
      info: { ...info, licence: 'none', source: 'made up' },
      load: async () => ({ train: samples, test: samples, digest: 'sha256:waves' }),
    }
  },
})

/** Trains an experiment that is logged to a server into a folder, in two epochs of five steps; goes on if there is a run. */
export async function trainLogged(out: string, url: string): Promise<void> {
  const registry = new Registry()
    .register(corePlugins, '@ashlar/core')
    .register(exporterPlugins, '@ashlar/export')
    .register(trackerPlugins, '@ashlar/track')
    .register([tiny, waves], 'tests')
  const experiment = {
    ...{ name: 'logged', model: 'tiny', dataset: 'waves', epochs: 2, batchSize: 4, engine: 'tfjs' },
    callbacks: {
      checkpoint: { everySteps: 3 },
      mlflow: { url, experiment: 'killed', every: 1 },
    },
  }
  const resolved = await resolveExperiment(experiment, { registry })
  const parts = await buildExperiment(resolved)
  try {
    const latest = `${out}/latest`
    const began = new Date()
    const run = (await isRun(latest))
      ? await openRun(latest)
      : await createRun(out, 'logged', began)
    const resume = await openCheckpoint(run)
    await trainExperiment(resolved.experiment, parts, { run, began, resume })
  } finally {
    await parts.dispose()
  }
}

// As a program.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , out, url] = process.argv
  await trainLogged(out!, url!)
}
