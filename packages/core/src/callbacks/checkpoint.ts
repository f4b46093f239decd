import { resolve } from 'node:path'
import { checkOptions, definePlugin, type Plugin } from '@ashlar/plugins'
import { z } from 'zod'
import { CHECKPOINTS_FOLDER } from '../checkpoints/manifest.ts'
import { removeOldCheckpoints } from '../checkpoints/remove-old.ts'
import { writeCheckpoint } from '../checkpoints/write.ts'
import type { Callback } from '../training/callback.ts'

/** When to write checkpoints; by default after each epoch. */
export interface CheckpointOptions {
  /** Steps between two. */
  readonly everySteps?: number | undefined
  /** Minutes between two. */
  readonly everyMinutes?: number | undefined
  /** How many stay, the newest ones; 2 by default, and no fewer. */
  readonly keep?: number | undefined
  /** Milliseconds that only rise; `performance.now` by default. */
  readonly clock?: (() => number) | undefined
}

/**
 * Writes checkpoints that a run can go on from, bit for bit: after every so many steps or minutes, and whenever training is
 * stopped. With neither given, after each epoch.
 *
 * @param folder of the checkpoints, made if need be.
 * @throws DataError when the disk refuses; training ends with it.
 */
export function checkpoint(folder: string, options: CheckpointOptions = {}): Callback {
  checkOptions(checkpointPlugin, options, ['clock'])
  const { everySteps, everyMinutes, keep = 2, clock = () => performance.now() } = options
  const everyEpoch = everySteps === undefined && everyMinutes === undefined
  let lastStep = 0
  let lastTime = 0
  return {
    name: 'checkpoint',
    resumable: true,
    async onTrainBegin(run) {
      await removeOldCheckpoints(folder, run.step, keep)
      lastStep = run.step
      lastTime = clock()
    },
    async onSettled(run) {
      const isDue =
        (everySteps !== undefined && run.step % everySteps === 0) ||
        (everyMinutes !== undefined && clock() - lastTime >= everyMinutes * 60_000) ||
        (everyEpoch && run.step % run.stepsPerEpoch === 0) ||
        run.stopped !== undefined
      if (!isDue || run.step === lastStep) return
      await writeCheckpoint(folder, run.state(), keep)
      lastStep = run.step
      lastTime = clock()
    },
  }
}

/** `checkpoint` as a plugin. */
export const checkpointPlugin: Plugin<'callback'> = definePlugin({
  kind: 'callback',
  name: 'checkpoint',
  description: 'Writes checkpoints to go on from, bit for bit, with ashlar train --resume.',
  options: z.strictObject({
    everySteps: z.int().positive().optional().describe('Steps between two checkpoints.'),
    everyMinutes: z.number().positive().optional().describe('Minutes between two checkpoints.'),
    keep: z.int().min(2).default(2).describe('How many stay, the newest ones.'),
  }),
  create: (given, { runFolder = '.' }) => checkpoint(resolve(runFolder, CHECKPOINTS_FOLDER), given),
})
