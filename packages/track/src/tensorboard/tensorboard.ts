import { type FileHandle, mkdir, open, readdir } from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { type Callback, definePlugin, type Plugin } from '@ashlar/core'
import { ConfigError, DataError } from '@ashlar/errors'
import { checkOptions, path } from '@ashlar/plugins'
import { z } from 'zod'
import { splitMetrics } from '../split-metrics.ts'
import { scalarEvent, startEvent, versionEvent } from './event.ts'
import { frame } from './record.ts'

/** Options of {@link tensorboard}. */
export interface TensorboardOptions {
  /** Steps between two points, 50 by default. */
  readonly every?: number | undefined
  /** Milliseconds since 1970; `Date.now` by default. */
  readonly clock?: (() => number) | undefined
}

/**
 * Writes event files that TensorBoard reads: loss, metrics and learning rate while training under `folder`/train, and those of
 * validation under `folder`/validation, so that both make one chart. Training that goes on, or begins anew in the same folder, takes the
 * place of what was logged from there on.
 *
 * @throws DataError when the disk refuses; training ends with it.
 */
export function tensorboard(folder: string, options: TensorboardOptions = {}): Callback {
  checkOptions(tensorboardPlugin, options, ['clock'])
  const { every = 50, clock = Date.now } = options
  let files: Record<'train' | 'validation', EventFile> | undefined
  const seconds = () => clock() / 1000
  return {
    name: 'tensorboard',
    onTrainBegin({ step }) {
      const file = (part: string) => new EventFile(join(folder, part), { seconds, after: step })
      files = { train: file('train'), validation: file('validation') }
    },
    async onBatchEnd({ step, learningRate }, run) {
      // The last step of an epoch is logged with the epoch.
      if ((step + 1) % every !== 0 || (step + 1) % run.stepsPerEpoch === 0) return
      await files?.train.add(step + 1, { ...run.metrics(), 'learning rate': learningRate })
    },
    async onEpochEnd({ metrics, learningRate }, run) {
      const { train, validation } = splitMetrics(metrics)
      await files?.train.add(run.step, { ...train, 'learning rate': learningRate })
      if (Object.keys(validation).length > 0) await files?.validation.add(run.step, validation)
    },
    async onTrainEnd() {
      await files?.train.close()
      await files?.validation.close()
    },
  }
}

/** Names of event files, with the second of their beginning. */
const NAME = /^events\.out\.tfevents\.(\d+)\./

/** Opened with its first numbers, so that nothing is left of what has none. */
class EventFile {
  readonly #folder: string
  readonly #seconds: () => number
  readonly #after: number
  #file: FileHandle | undefined

  /** @param place `after` is the step that is the last one to stay of what other files of the folder have. */
  constructor(
    folder: string,
    { seconds, after }: { readonly seconds: () => number; readonly after: number },
  ) {
    this.#folder = folder
    this.#seconds = seconds
    this.#after = after
  }

  async add(step: number, scalars: Readonly<Record<string, number>>): Promise<void> {
    await this.#guard(async () => {
      this.#file ??= await this.#open()
      await this.#file.appendFile(frame(scalarEvent(this.#seconds(), step, scalars)))
    })
  }

  async close(): Promise<void> {
    const file = this.#file
    this.#file = undefined
    await this.#guard(async () => file?.close())
  }

  async #open(): Promise<FileHandle> {
    await mkdir(this.#folder, { recursive: true })
    const now = this.#seconds()
    // TensorBoard reads the files of a folder in the order of their names: this one must be the last.
    const before = (await readdir(this.#folder)).map((file) => Number(NAME.exec(file)?.[1] ?? -1))
    const second = Math.max(Math.floor(now), ...before.map((each) => each + 1))
    const name = `events.out.tfevents.${second}.${hostname()}.${process.pid}`
    const file = await open(join(this.#folder, name), 'a')
    await file.appendFile(frame(versionEvent(now)))
    if (before.length > 0) await file.appendFile(frame(startEvent(now, this.#after + 1)))
    return file
  }

  async #guard(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      throw new DataError({
        where: this.#folder,
        expected: 'event files must be writable',
        given: (error as Error).message,
        cause: error,
      })
    }
  }
}

const options = z.strictObject({
  every: z.int().positive().default(50).describe('Steps between two points.'),
  folder: path('write')
    .optional()
    .describe(
      'Where event files go, into a folder named after the run; by default tensorboard/ in the run folder.',
    ),
})

/** `tensorboard` as a plugin. */
export const tensorboardPlugin: Plugin<'callback'> = definePlugin({
  kind: 'callback',
  name: 'tensorboard',
  description: 'Writes event files that TensorBoard reads.',
  options,
  create({ every, folder }, context) {
    const { runFolder } = context
    if (folder !== undefined) {
      // Several runs may be given one folder, as trials of a sweep are: what stands side by side there is compared.
      const run = runFolder === undefined ? '.' : basename(runFolder)
      return tensorboard(resolve(context.folder, folder, run), { every })
    }
    if (runFolder !== undefined) return tensorboard(join(runFolder, 'tensorboard'), { every })
    throw new ConfigError({
      where: 'callback tensorboard',
      expected: '`folder` must be given outside of a run',
    })
  },
})
