import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileSafely } from '@ashlar/core/files'
import { ConfigError } from '@ashlar/errors'
import { definePlugin, type Plugin } from '@ashlar/plugins'
import { z } from 'zod'
import { BATCHES, type Batch, printedFile } from '../../store/batch.ts'
import { shortDigest } from '../../trials/digest.ts'
import { BatchedTrials } from '../batched/batched-trials.ts'
import type { Cluster, JobState } from '../batched/cluster.ts'
import type { LaunchContext, Launcher } from '../launcher.ts'
import { SlurmError, slurm } from './commands.ts'
import { TRIAL_SCRIPT } from './script.ts'
import { readSacct, readSqueue, SQUEUE_FORMAT } from './states.ts'

/** Seconds that a trial has to leave its checkpoint. */
const GRACE = 60

/** Options of {@link slurmLauncher}; those of sbatch that are left out are what the cluster has by default. */
export interface SlurmOptions {
  readonly partition?: string | undefined
  readonly account?: string | undefined
  readonly qos?: string | undefined
  readonly constraint?: string | undefined
  /** Of one trial: minutes, `minutes:seconds`, `hours:minutes:seconds`, `days-hours`. */
  readonly time?: string | number | undefined
  /** Of one trial: megabytes, or `4G`. */
  readonly memory?: string | number | undefined
  /** Generic resources of one trial: `gpu:1`. */
  readonly gres?: string | undefined
  /** Seconds before the time is up at which a trial leaves for a later turn, 60 by default. */
  readonly grace?: number | undefined
  /** Seconds between two looks at the queue, 5 by default. */
  readonly interval?: number | undefined
  /** Tasks that Slurm has at once, 256 by default. */
  readonly ahead?: number | undefined
  /** Tasks of one array, 1000 by default: a cluster's MaxArraySize is 1001 if nobody said otherwise. */
  readonly array?: number | undefined
}

/** Trials as tasks of job arrays of Slurm. The sweep's folder is one that the nodes share. */
export function slurmLauncher(options: SlurmOptions = {}): Launcher {
  const { ahead = 256 } = options
  return {
    name: 'slurm',
    isRemote: true,
    async check(out) {
      requireTime(options)
      plainPattern(out)
      await slurm('sbatch', ['--version'])
      await slurm('squeue', ['--noheader', '--name=ashlar']).catch(away)
    },
    async open(context) {
      requireTime(options)
      const trials = new BatchedTrials(new SlurmCluster(context, options), context, ahead)
      return trials.open().catch(away)
    },
  }
}

class SlurmCluster implements Cluster {
  readonly name = 'Slurm'
  readonly interval: number
  readonly largest: number
  readonly #context: LaunchContext
  readonly #options: SlurmOptions
  /** What all jobs of this sweep are called, and no others. */
  readonly #job: string
  #hasAccounting = true

  constructor(context: LaunchContext, options: SlurmOptions) {
    const { interval = 5, array = 1000 } = options
    this.interval = interval * 1000
    this.largest = array
    this.#context = context
    this.#options = options
    const name = context.sweep.replace(/[^\w.-]/g, '-')
    this.#job = `ashlar-${name}-${shortDigest(context.folder)}`
  }

  async submit(batch: Batch): Promise<string> {
    const { folder, command } = this.#context
    const script = join(folder, BATCHES, 'trial.sh')
    await mkdir(join(folder, BATCHES), { recursive: true })
    await writeFileSafely(script, TRIAL_SCRIPT)
    const trial = [...command, 'trial', folder, '--batch', batch.digest, '--trust']
    const answer = await slurm('sbatch', [...this.#limits(batch), script, ...trial]).catch(refused)
    // With several clusters, the name of one stands behind it.
    const [job = ''] = answer.trim().split(';')
    if (/^\d+$/.test(job)) return job
    throw new SlurmError(`sbatch answered ${JSON.stringify(answer)}, and not the number of a job`)
  }

  #limits({ digest, tasks }: Batch): string[] {
    const { folder } = this.#context
    const { partition, account, qos, constraint, time, memory, gres, grace = GRACE } = this.#options
    const printed = printedFile(plainPattern(folder), digest, '%a')
    const given = {
      ...{ partition, account, qos, constraint, time, mem: memory, gres },
      ...{ 'job-name': this.#job, comment: digest, chdir: folder, output: printed },
      ...{ array: `0-${tasks.length - 1}`, nodes: 1, ntasks: 1 },
      'cpus-per-task': tasks[0]!.threads,
      signal: `B:USR2@${grace}`,
      export: 'ALL',
      'open-mode': 'append',
    }
    const options = Object.entries(given).flatMap(([name, value]) =>
      value === undefined ? [] : `--${name}=${value}`,
    )
    return ['--parsable', '--requeue', ...options]
  }

  async look(): Promise<JobState[]> {
    const asked = ['--array', '--noheader', '--states=all', `--name=${this.#job}`]
    return readSqueue(await slurm('squeue', [...asked, `--format=${SQUEUE_FORMAT}`]))
  }

  async recall(job: string, index: number): Promise<JobState | undefined> {
    if (!this.#hasAccounting) return undefined
    const asked = ['--noheader', '--parsable2', '--allocations', '--duplicates']
    const text = await slurm('sacct', [
      ...asked,
      '--format=JobID,State',
      `--jobs=${job}_${index}`,
    ]).catch((error: Error) => {
      // Clusters need not have any: then the run folders tell.
      if (!/disabled/i.test(error.message) && !(error instanceof ConfigError)) throw error
      this.#hasAccounting = false
    })
    return text === undefined ? undefined : readSacct(text, job, index)
  }

  async cancel(jobs: readonly string[]): Promise<void> {
    await slurm('scancel', ['--quiet', ...jobs])
  }
}

/** One that is told at once that its time is up would go on waiting for ever. @throws ConfigError */
function requireTime({ time, grace = GRACE }: SlurmOptions): void {
  if (time === undefined || secondsOf(time) >= 2 * grace) return
  throw new ConfigError({
    where: '--launcher slurm',
    expected: `time must be at least twice the ${grace} seconds of grace in which a trial leaves its checkpoint`,
    given: time,
    hint: 'Give it more time, or less grace: {name: slurm, time: 5, grace: 60}.',
  })
}

/** Seconds of a limit as Slurm reads it: minutes, minutes:seconds, hours:minutes:seconds, and with days hours, hours:minutes, hours:minutes:seconds. */
export function secondsOf(time: string | number): number {
  const [head = '', rest] = String(time).split('-')
  const parts = (rest ?? head).split(':').map(Number)
  if (rest !== undefined) return Number(head) * 86_400 + sum(parts, [3600, 60, 1])
  return sum(parts, parts.length === 3 ? [3600, 60, 1] : [60, 1])
}

function sum(parts: readonly number[], weights: readonly number[]): number {
  return parts.reduce((total, part, i) => total + part * weights[i]!, 0)
}

/** A folder within the name of a file in which Slurm replaces what stands behind `%`. A backslash has it replace nothing at all, and cannot be said. */
function plainPattern(folder: string): string {
  if (!folder.includes('\\')) return folder.replaceAll('%', '%%')
  throw new ConfigError({
    where: '--launcher slurm',
    expected: "the sweep's folder must have no backslash in its name",
    given: folder,
    hint: 'Put it elsewhere: --out DIR.',
  })
}

function away(error: unknown): never {
  if (!(error instanceof SlurmError)) throw error
  throw new ConfigError({
    where: '--launcher slurm',
    expected: 'Slurm must answer',
    given: error.message,
    hint: 'Does squeue answer here?',
    cause: error,
  })
}

/** What would be refused again is an error of the sweep. */
function refused(error: unknown): never {
  if (!(error instanceof SlurmError) || error.isPassing) throw error
  throw new ConfigError({
    where: '--launcher slurm',
    expected: 'sbatch must take the job',
    given: error.message,
    hint: 'Its options are those of the launcher: partition, account, qos, constraint, time, memory, gres. Where fewer jobs are allowed, --parallel says how many.',
    cause: error,
  })
}

/** What is handed on to sbatch: a word, and nothing that could be another option. */
function word(example: string): z.ZodString {
  const error = `must be a word as sbatch takes it: ${example}`
  return z.string().regex(/^[\w][\w.,:=&|*()[\]@+/-]*$/, { error })
}

const TIME = /^(\d+|\d+:\d{1,2}|\d+:\d{1,2}:\d{1,2}|\d+-\d+(:\d{1,2}){0,2})$/

const timeOption = z.union([
  z.int().positive(),
  z
    .string()
    .regex(TIME, { error: 'must be minutes, or of the form 30:00, 2:00:00, 1-12 or 1-12:30' }),
])

const memoryOption = z.union([
  z.int().positive(),
  z.string().regex(/^\d+[KMGT]?$/, { error: 'must be megabytes, or of the form 512M or 4G' }),
])

/** `slurm` as a plugin. */
export const slurmPlugin: Plugin<'launcher'> = definePlugin({
  kind: 'launcher',
  name: 'slurm',
  description: 'Job arrays of Slurm, started where sbatch is; its nodes share the folder of runs.',
  options: z.strictObject({
    partition: word('gpu').optional().describe('Partition, or several: short,long.'),
    account: word('chemistry').optional().describe('Account that is charged.'),
    qos: word('normal').optional().describe('Quality of service.'),
    constraint: word('avx512').optional().describe('Features that a node must have.'),
    time: timeOption
      .optional()
      .describe('Limit of a trial: minutes, or 2:00:00. What is left is done in a later turn.'),
    memory: memoryOption.optional().describe('Memory of a trial: megabytes, or 4G.'),
    gres: word('gpu:1').optional().describe('Generic resources of a trial.'),
    grace: z
      .int()
      .positive()
      .default(GRACE)
      .describe('Seconds before the limit at which a trial leaves its checkpoint and waits anew.'),
    interval: z.number().positive().default(5).describe('Seconds between looks at the queue.'),
    ahead: z.int().positive().default(256).describe('Trials that Slurm has at once.'),
    array: z.int().positive().default(1000).describe('Tasks of one array, at most.'),
  }),
  create: (options) => slurmLauncher(options),
})
