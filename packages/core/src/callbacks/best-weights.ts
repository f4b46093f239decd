import { mkdir, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { DataError } from '@ashlar/errors'
import { z } from 'zod'
import { check } from '../config/check.ts'
import { definePlugin, type Plugin } from '../plugins/plugin.ts'
import type { Callback } from '../training/callback.ts'
import { encodeWeights } from '../weights/save.ts'
import { writeFileSafely } from '../weights/write-file.ts'
import { createMonitor, type MonitorOptions, monitorShape } from './monitor.ts'

/** Options of {@link bestWeights}. */
export interface BestWeightsOptions extends MonitorOptions {
  /** How many epochs to keep, 1 by default. */
  readonly keep?: number | undefined
}

/** One kept epoch. */
const kept = z.object({ epoch: z.int(), value: z.number(), file: z.string() })
const remembered = z.object({ kept: z.array(kept) })

/**
 * Keeps the weights of the best epochs as safetensors files in a folder, with `best.json` that lists them, the best first. Each
 * can be given to `Model.load`, or to an experiment as `weights`.
 *
 * @param folder made if need be.
 * @throws DataError when the disk refuses; training ends with it.
 */
export function bestWeights(folder: string, options: BestWeightsOptions = {}): Callback {
  const { keep = 1 } = options
  const name = 'best-weights'
  const monitor = createMonitor(name, options)
  let list: z.output<typeof kept>[] = []
  return {
    name,
    state: () => ({ data: { kept: list } }),
    restore({ data }) {
      list = check(remembered, data, name).kept
    },
    onTrainBegin(run) {
      monitor.begin(run)
      list = []
    },
    async onEpochEnd({ epoch, metrics }, run) {
      const value = metrics[monitor.metric]
      if (value === undefined || Number.isNaN(value)) return
      const last = list[keep - 1]
      if (last !== undefined && !monitor.beats(value, last.value)) return
      const file = `epoch-${String(epoch + 1).padStart(4, '0')}.safetensors`
      await makeFolder(folder)
      await writeFileSafely(join(folder, file), encodeWeights(run.model, run.weights()))
      const all = [...list, { epoch, value, file }]
      // Of two that are as good, the earlier one stays in front.
      all.sort((a, b) => (a.value === b.value ? 0 : monitor.beats(a.value, b.value) ? -1 : 1))
      const dropped = all.slice(keep)
      list = all.slice(0, keep)
      const contents = { monitor: monitor.metric, kept: list }
      await writeFileSafely(join(folder, 'best.json'), `${JSON.stringify(contents, null, 2)}\n`)
      for (const each of dropped) await rm(join(folder, each.file), { force: true })
    },
  }
}

async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw new DataError({
      where: folder,
      expected: 'the folder must be writable',
      given: (error as Error).message,
      cause: error,
    })
  })
}

/** `best-weights` as a plugin. */
export const bestWeightsPlugin: Plugin<'callback'> = definePlugin({
  kind: 'callback',
  name: 'best-weights',
  description: 'Keeps the weights of the best epochs in the run folder.',
  options: z.strictObject({
    keep: z.int().positive().default(1).describe('How many epochs to keep.'),
    ...monitorShape,
  }),
  create: (given, { runFolder = '.' }) => bestWeights(resolve(runFolder, 'best'), given),
})
