import { ConfigError } from '@ashlar/errors'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BatchedTrials } from '../../../src/launch/batched/batched-trials.ts'
import type { Cluster, JobState } from '../../../src/launch/batched/cluster.ts'
import { type Batch, writeAnswer } from '../../../src/store/batch.ts'
import type { TaskResult, TrialTask } from '../../../src/trials/task.ts'
import { inScratch } from '../../support/sweep.ts'
import { plainTask } from '../../support/task.ts'

const test = suite('trials by way of a cluster that does not always answer')

/** A cluster of the test's own. Its jobs do nothing until they are told to. */
class StandIn implements Cluster {
  readonly name = 'cluster'
  readonly interval = 5
  readonly largest = 2
  readonly folder: string
  readonly batches: Batch[] = []
  readonly states = new Map<string, JobState>()
  /** Jobs that it was asked to end, in the order of the calls. */
  readonly cancelled: (readonly string[])[] = []
  /** What it says instead of an answer, by what it is asked. */
  readonly refuses = new Map<'submit' | 'look' | 'cancel', Error>()
  /** Times that it was asked what has become of a job. */
  recalls = 0
  /** What its accounts say then. */
  accounts: (recalls: number) => Pick<JobState, 'state' | 'end'> | undefined = () => undefined

  constructor(folder: string) {
    this.folder = folder
  }

  #answer(what: 'submit' | 'look' | 'cancel'): void {
    const error = this.refuses.get(what)
    if (error !== undefined) throw error
  }

  async submit(batch: Batch): Promise<string> {
    this.#answer('submit')
    this.batches.push(batch)
    const job = String(this.batches.length)
    for (const index of batch.tasks.keys()) this.begin(job, index, batch.digest)
    return job
  }

  begin(job: string, index: number, batch: string): void {
    this.states.set(`${job}_${index}`, { job, index, batch, state: 'RUNNING', end: 'no' })
  }

  async look(): Promise<JobState[]> {
    this.#answer('look')
    return [...this.states.values()]
  }

  async recall(job: string, index: number): Promise<JobState | undefined> {
    this.recalls++
    const known = this.accounts(this.recalls)
    return known && { job, index, batch: '', ...known }
  }

  async cancel(jobs: readonly string[]): Promise<void> {
    this.cancelled.push(jobs)
    this.#answer('cancel')
    for (const [key, { job }] of this.states) if (jobs.includes(job)) this.states.delete(key)
  }

  /** A process ends; with an answer, or without. */
  async end(job: number, index: number, isDone = true): Promise<void> {
    const batch = this.batches[job - 1]!
    const { id, until } = batch.tasks[index]!
    if (isDone) await writeAnswer(this.folder, batch, index, reached(id, until))
    this.states.delete(`${job}_${index}`)
  }
}

function reached(id: string, until: number): TaskResult {
  const status = 'reached'
  return { id, until, status, metrics: {}, better: 'lower', epochs: until, steps: 1, seconds: 1 }
}

interface At {
  readonly cluster: StandIn
  readonly trials: BatchedTrials
  readonly results: TaskResult[]
  readonly notices: string[]
  start(...tasks: readonly TrialTask[]): Promise<void>
}

function withCluster(fn: (at: At) => Promise<void>): Promise<void> {
  return inScratch(async (folder) => {
    const [results, notices]: [TaskResult[], string[]] = [[], []]
    const cluster = new StandIn(folder)
    const context = {
      ...{ sweep: 'tiny', folder, module: '', command: [], threads: undefined },
      notice: (text: string) => notices.push(text),
    }
    const trials = new BatchedTrials(cluster, context, 100)
    const listener = {
      epoch: () => undefined,
      ended: (result: TaskResult) => results.push(result),
    }
    await fn({
      ...{ cluster, trials, results, notices },
      start: (...tasks) => trials.start(tasks, listener),
    })
  })
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 2))
}

const [FIRST, SECOND, THIRD] = [plainTask('1'), plainTask('2'), plainTask('3')]

test('what it cannot take just now it is given later, and no trial is lost', () =>
  withCluster(async ({ cluster, trials, results, notices, start }) => {
    cluster.refuses.set('submit', new Error('away'))
    await start(FIRST, SECOND, THIRD)
    await until(() => notices.length > 0)
    assert.equal(notices, ['cluster: away; it is asked again'])
    cluster.refuses.clear()
    await until(() => cluster.batches.length === 2)
    assert.equal(
      cluster.batches.map(({ tasks }) => tasks),
      [[FIRST, SECOND], [THIRD]],
    )
    await cluster.end(1, 0)
    await cluster.end(1, 1)
    await cluster.end(2, 0)
    await until(() => results.length === 3)
    assert.ok(results.every(({ status }) => status === 'reached'))
    await trials.end()
  }))

test('what it refuses is an error', () =>
  withCluster(async ({ cluster, trials, start }) => {
    cluster.refuses.set('submit', new ConfigError({ where: 'cluster', expected: 'must be so' }))
    const error = await start(FIRST).catch((each: Error) => each)
    assert.match((error as Error).message, 'cluster: must be so')
    await trials.end()
  }))

test('what still waits when the sweep is stopped is given back', () =>
  withCluster(async ({ cluster, trials, results, start }) => {
    cluster.refuses.set('submit', new Error('away'))
    await start(FIRST)
    await trials.stop()
    await until(() => results.length === 1)
    assert.equal([results[0]!.status, results[0]!.error], ['given-back', undefined])
    await trials.end()
  }))

test('processes that all died at once are begun again in jobs of the size that it takes', () =>
  withCluster(async ({ cluster, trials, results, start }) => {
    await start(FIRST, SECOND, THIRD)
    await cluster.end(1, 0, false)
    await cluster.end(1, 1, false)
    await cluster.end(2, 0, false)
    await until(() => cluster.batches.flatMap(({ tasks }) => tasks).length === 6)
    assert.ok(cluster.batches.every(({ tasks }) => tasks.length <= 2))
    for (const [at, { tasks }] of cluster.batches.entries()) {
      if (at >= 2) for (const index of tasks.keys()) await cluster.end(at + 1, index)
    }
    await until(() => results.length === 3)
    await trials.end()
  }))

test('accounts that are behind are asked until they know, and those that never hear count as an end', () =>
  withCluster(async ({ cluster, trials, results, start }) => {
    cluster.accounts = (recalls) =>
      recalls < 4 ? { state: 'RUNNING', end: 'no' } : { state: 'CANCELLED', end: 'cancelled' }
    await start(FIRST)
    await cluster.end(1, 0, false)
    await until(() => results.length === 1)
    assert.match(results[0]!.error!.message, 'cluster job 1_0 was cancelled by somebody')
    cluster.accounts = () => ({ state: 'RUNNING', end: 'no' })
    await start(SECOND)
    await cluster.end(2, 0, false)
    await until(() => cluster.batches.length === 3)
    assert.equal(cluster.batches[2]!.tasks, [SECOND])
    assert.ok(cluster.recalls > 10)
    await cluster.end(3, 0)
    await until(() => results.length === 2)
    await trials.end()
  }))

test('jobs of nobody are ended at the start, each once', () =>
  withCluster(async ({ cluster, trials }) => {
    for (const index of [0, 1, 2]) cluster.begin('7', index, 'a'.repeat(64))
    await trials.open()
    assert.equal(cluster.cancelled, [['7']])
  }))

test('jobs that it made and did not tell of are ended with the sweep, until it hears', () =>
  withCluster(async ({ cluster, trials, results, start }) => {
    await start(FIRST)
    cluster.begin('9', 0, 'a'.repeat(64))
    await cluster.end(1, 0)
    await until(() => results.length === 1)
    // The process of a trial that is done has not gone yet: nobody ends it.
    cluster.begin('1', 0, cluster.batches[0]!.digest)
    cluster.refuses.set('cancel', new Error('away'))
    cluster.refuses.set('look', new Error('away'))
    const ending = trials.end()
    setTimeout(() => cluster.refuses.delete('look'), 10)
    await until(() => cluster.cancelled.length >= 2)
    cluster.refuses.clear()
    await until(() => !cluster.states.has('9_0'))
    cluster.states.clear()
    await ending
    assert.ok(cluster.cancelled.every((jobs) => jobs.join() === '9'))
  }))

test.run()
