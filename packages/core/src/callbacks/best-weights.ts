import { mkdir, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { DataError } from '@ashlar/errors'
import { anyNumber, check, checkOptions, definePlugin, type Plugin } from '@ashlar/plugins'
import { z } from 'zod'
import { filesIn } from '../files/files-in.ts'
import { removeHalfWritten, writeFileSafely } from '../files/write-file.ts'
import type { Callback } from '../training/callback.ts'
import { encodeWeights } from '../weights/save.ts'
import { createMonitor, type MonitorOptions, monitorShape } from './monitor.ts'

/** Options of {@link bestWeights}. */
export interface BestWeightsOptions extends MonitorOptions {
  /** How many epochs to keep, 1 by default. */
  readonly keep?: number | undefined
}

/** Of the files of weights. */
const ENDING = '.safetensors'

/** One kept epoch. */
const kept = z.object({ epoch: z.int(), value: anyNumber, file: z.string() })
const remembered = z.object({ kept: z.array(kept) })

/**
 * Keeps the weights of the best epochs as safetensors files in a folder, with `best.json` that lists them, the best first. Each
 * can be given to `Model.load`, or to an experiment as `weights`.
 *
 * @param folder made if need be.
 * @throws DataError when the disk refuses; training ends with it.
 */
export function bestWeights(folder: string, options: BestWeightsOptions = {}): Callback {
  checkOptions(bestWeightsPlugin, options)
  const { keep = 1 } = options
  const name = 'best-weights'
  const monitor = createMonitor(name, options)
  let list: z.output<typeof kept>[] = []
  const writeList = async () => {
    const contents = { monitor: monitor.metric, kept: list }
    await writeFileSafely(join(folder, 'best.json'), `${JSON.stringify(contents, null, 2)}\n`)
  }
  const removeFiles = async (files: readonly string[]) => {
    for (const file of files) await rm(join(folder, file), { force: true })
  }
  return {
    name,
    state: () => ({ data: { kept: list } }),
    async restore({ data }) {
      const { kept } = check(remembered, data, name)
      // Epochs after the checkpoint may have taken the place of some.
      const found = await epochFiles(folder)
      list = kept.filter(({ file }) => found.includes(file))
      if (found.length > 0) await writeList()
      await removeFiles(found.filter((file) => !list.some((each) => each.file === file)))
      await removeHalfWritten(folder)
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
      const file = `epoch-${String(epoch + 1).padStart(4, '0')}${ENDING}`
      await makeFolder(folder)
      await writeFileSafely(join(folder, file), encodeWeights(run.model, run.weights()))
      const all = [...list, { epoch, value, file }]
      // Of two that are as good, the earlier one stays in front.
      all.sort((a, b) => (a.value === b.value ? 0 : monitor.beats(a.value, b.value) ? -1 : 1))
      const dropped = all.slice(keep)
      list = all.slice(0, keep)
      // The list never names a file that is not there.
      await writeList()
      await removeFiles(dropped.map(({ file }) => file))
    },
  }
}

/** The weights of epochs in a folder; none if there is no folder. */
async function epochFiles(folder: string): Promise<string[]> {
  const files = await filesIn(folder)
  return files.filter((file) => file.startsWith('epoch-') && file.endsWith(ENDING))
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
