import { spawn } from 'node:child_process'
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { makeRun } from '@ashlar/experiment/runs'
import { type Slurm, sampled, withSlurm } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createSweep, slurmLauncher } from '../../src/index.ts'
import { launcherChecks } from '../../src/testing/launcher-checks.ts'
import { inScratch, makeTiny, planTiny, tinySweep } from '../support/sweep.ts'

const test = suite('job arrays of a real Slurm')

const { slurmTest } = withSlurm(test)

const LAUNCHER = { name: 'slurm', interval: 0.3 }

const FIVE = {
  args: ['optimizer.learningRate=1e-3,3e-3,1e-2,3e-2,1e-1', 'epochs=3'],
  suggester: 'grid',
  trials: 5,
} as const

/** Trials that take a while, each epoch with a checkpoint. */
function slow(note: string, epochs: number, wait: number) {
  return {
    args: [
      'optimizer.learningRate=1e-3,1e-2',
      `epochs=${epochs}`,
      `callbacks.trouble={wait: ${wait}, note: "${note}"}`,
    ],
    suggester: 'grid',
    trials: 2,
  } as const
}

/** Numbers of the jobs that Slurm has of a sweep, one for each task. */
async function jobsOf(slurm: Slurm, states: string): Promise<string[]> {
  const asked = ['-h', '-r', `--states=${states}`, '-o', '%i %j']
  const text = await slurm.ask('squeue', asked)
  return text.split('\n').flatMap((line) => (/ ashlar-/.test(line) ? line.split(' ')[0]! : []))
}

/** Kills the processes of a task, the script's shell and all that it started. */
async function killAllOf(job: string): Promise<void> {
  const [array, index] = job.split('_')
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')
    const values = environment.split('\0')
    if (!values.includes(`SLURM_ARRAY_JOB_ID=${array}`)) continue
    if (values.includes(`SLURM_ARRAY_TASK_ID=${index}`)) process.kill(Number(pid), 'SIGKILL')
  }
}

async function until(isSo: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await isSo())) await sleep(200)
}

const lines = async (path: string): Promise<string[]> =>
  (await readFile(path, 'utf8').catch(() => '')).split('\n').filter((line) => line !== '')

const some = sampled(2, slurmTest)

for (const { name, run } of launcherChecks) {
  some(`the launcher ${name}`, () =>
    inScratch(async (folder) => {
      const create = () => slurmLauncher({ interval: 0.3 })
      await run({ create, folder } as Parameters<typeof run>[0])
    }),
  )
}

some('make the table that one process makes, in a folder of any name', (slurm) =>
  inScratch(async (scratch) => {
    const out = join(scratch, `it's "a" $(touch x) %j; folder`)
    await mkdir(out)
    const notices: string[] = []
    const limits = { time: '0:10:00', memory: '300M', partition: 'main' }
    const there = await makeTiny(
      out,
      { ...FIVE, launcher: { ...LAUNCHER, ...limits } },
      { notice: (text) => notices.push(text) },
    )
    const here = await makeTiny(join(scratch, 'inline'), FIVE)
    assert.equal([there.trials, there.best], [here.trials, here.best])
    assert.equal(notices, [])
    const jobs = (await slurm.ask('scontrol', ['show', 'job'])).split('\n\n')
    const own = jobs.filter((each) => each.includes('TimeLimit=00:10:00'))
    assert.is(own.filter((each) => each.includes('JobState=COMPLETED')).length, 5)
    assert.is(new Set(own.map((each) => /ArrayJobId=(\d+)/.exec(each)![1])).size, 1)
    for (const each of own) assert.match(each, /Requeue=1.*MinMemoryNode=300M/s)
  }),
)

some('halving goes on from checkpoints, to the table that one process makes', () =>
  inScratch(async (out) => {
    const note = join(out, 'epochs')
    const asked = {
      args: [...FIVE.args.slice(0, 1), 'epochs=4', `callbacks.trouble={note: "${note}"}`],
      ...{ suggester: 'grid', trials: 5, scheduler: { name: 'halving', eta: 2 } },
    }
    const there = await makeTiny(out, { ...asked, launcher: LAUNCHER })
    const trained = (await lines(note)).length
    const here = await makeTiny(join(out, 'inline'), asked)
    assert.equal([there.trials, there.best], [here.trials, here.best])
    // Nobody trains an epoch again: 5 for one epoch, 2 for the next, 1 for two more.
    assert.is(trained, 9)
  }),
)

some('asha comes to an end, with a trial that had all its epochs', () =>
  inScratch(async (out) => {
    const scheduler = { name: 'asha', eta: 2 }
    const { trials, best } = await makeTiny(out, { ...FIVE, scheduler, launcher: LAUNCHER })
    assert.is(trials.length, 5)
    assert.is(best!.status, 'completed')
    assert.ok(trials.some(({ status }) => status === 'pruned'))
  }),
)

some('a trial whose time is nearly up goes on from its checkpoint, in a later turn', (slurm) =>
  inScratch(async (out) => {
    const note = join(out, 'epochs')
    const asked = { ...slow(note, 5, 800), trials: 1 }
    const working = makeTiny(out, { ...asked, launcher: { ...LAUNCHER, time: 77, grace: 30 } })
    await until(async () => (await lines(note)).length >= 2)
    // What Slurm itself sends half a minute before the end, whatever the speed of this machine.
    const [running = ''] = await jobsOf(slurm, 'RUNNING')
    await slurm.ask('scancel', ['--batch', '--signal=USR2', running])
    const { trials } = await working
    assert.is(trials[0]!.status, 'completed')
    // Each epoch once: nothing was begun anew.
    assert.equal(await lines(note), ['0', '1', '2', '3', '4'])
    const jobs = (await slurm.ask('scontrol', ['show', 'job'])).split('\n\n')
    const own = jobs.filter((each) => each.includes('TimeLimit=01:17:00'))
    assert.is(own.length, 1, own.join('\n\n'))
    assert.match(own[0]!, / Restarts=1 /)
  }),
)

some('a process that is killed is begun again from its checkpoint, and no trial is lost', (slurm) =>
  inScratch(async (out) => {
    const note = join(out, 'epochs')
    const working = makeTiny(out, { ...slow(note, 6, 800), attempts: 20, launcher: LAUNCHER })
    await until(async () => (await lines(note)).length >= 4)
    const running = await jobsOf(slurm, 'RUNNING')
    assert.ok(running.length > 0)
    // As the system does that is out of memory. What scancel kills counts as cancelled.
    for (const job of running) await killAllOf(job)
    const { trials } = await working
    assert.equal(
      trials.map(({ status }) => status),
      ['completed', 'completed'],
    )
    // What was under way is done again, and nothing before that.
    const trained = await lines(note)
    assert.is(new Set(trained).size, 6)
    assert.ok(trained.length <= 12 + 2, trained.join(' '))
  }),
)

some('a trial whose process always dies is given up with what it said', () =>
  inScratch(async (out) => {
    const args = [FIVE.args[0]!, 'epochs=3', 'callbacks.trouble.what=nothing,exit']
    const asked = { args, suggester: 'grid', trials: 4, attempts: 2, launcher: LAUNCHER } as const
    const { trials } = await makeTiny(out, asked)
    const failed = trials.filter(({ status }) => status === 'failed')
    assert.is(failed.length, 2)
    for (const { error } of failed) assert.match(error!, /given up: begun 2 times.*going down/)
  }),
)

some('Ctrl-C leaves nothing in the queue, and the sweep goes on later', (slurm) =>
  inScratch(async (out) => {
    const note = join(out, 'epochs')
    const stop = new AbortController()
    const asked = { ...slow(note, 12, 600), launcher: LAUNCHER }
    const planned = await planTiny(tinySweep(asked))
    const folder = await createSweep(out, planned)
    const working = makeTiny(out, asked, { folder, signal: stop.signal })
    await until(async () => (await lines(note)).length >= 3)
    stop.abort()
    assert.is((await working).isInterrupted, true)
    assert.equal(await jobsOf(slurm, 'PENDING,RUNNING,COMPLETING'), [])
    const before = (await lines(note)).length
    assert.ok(before < 24)
    const { trials } = await makeTiny(out, asked, { folder: await makeRun(folder.path) })
    const here = await makeTiny(join(out, 'inline'), slow(join(out, 'other'), 12, 0))
    assert.equal(
      trials.map(({ metrics, error }) => ({ ...metrics, ...(error && { error }) })),
      here.trials.map(({ metrics }) => metrics),
    )
    // Left after a step, in good order: no epoch was lost.
    assert.is((await lines(note)).length, 24)
  }),
)

some('a job that somebody cancels ends the sweep, which says so and goes on later', (slurm) =>
  inScratch(async (out) => {
    const note = join(out, 'epochs')
    const asked = { ...slow(note, 12, 600), launcher: LAUNCHER }
    const folder = await createSweep(out, await planTiny(tinySweep(asked)))
    const working = makeTiny(out, asked, { folder }).catch((error: Error) => error)
    await until(async () => (await lines(note)).length >= 2)
    const [job = ''] = await jobsOf(slurm, 'RUNNING')
    await slurm.ask('scancel', [job])
    const error = await working
    assert.instance(error, Error)
    assert.match((error as Error).message, new RegExp(`Slurm job ${job} was cancelled by somebody`))
    assert.equal(await jobsOf(slurm, 'PENDING,RUNNING,COMPLETING'), [])
    const { trials } = await makeTiny(out, asked, { folder: await makeRun(folder.path) })
    assert.ok(trials.every(({ status }) => status === 'completed'))
    assert.is((await lines(note)).length, 24)
  }),
)

some('a sweep that was killed finds its jobs again, and asks for none twice', (slurm) =>
  inScratch(async (out) => {
    const note = join(out, 'epochs')
    const asked = { ...slow(note, 6, 700), launcher: LAUNCHER }
    const sweep = spawn(process.execPath, [
      ...process.execArgv,
      fileURLToPath(new URL('../support/sweep-process.ts', import.meta.url)),
      JSON.stringify([out, asked]),
    ])
    const ended = new Promise((resolve) => sweep.once('exit', resolve))
    try {
      await until(async () => (await lines(note)).length >= 2)
    } finally {
      sweep.kill('SIGKILL')
      await ended
    }
    const jobs = await jobsOf(slurm, 'all')
    const [name = ''] = (await readdir(out)).filter((each) => each.endsWith('-sweep'))
    const { trials } = await makeTiny(out, asked, { folder: await makeRun(join(out, name)) })
    assert.ok(trials.every(({ status }) => status === 'completed'))
    assert.is((await lines(note)).length, 12)
    for (const job of await jobsOf(slurm, 'all')) assert.ok(jobs.includes(job), job)
  }),
)

some('a controller that goes away and comes back changes nothing', (slurm) =>
  inScratch(async (out) => {
    const note = join(out, 'epochs')
    const notices: string[] = []
    const working = makeTiny(
      out,
      { ...slow(note, 20, 700), launcher: LAUNCHER },
      { notice: (text) => notices.push(text) },
    )
    let isOver = false
    void working.finally(() => {
      isOver = true
    })
    await until(async () => (await lines(note)).length >= 2)
    await slurm.stop('slurmctld')
    const isTold = () => notices.some((each) => /^Slurm: squeue.*asked again$/.test(each))
    await until(() => isOver || isTold())
    slurm.restart('slurmctld')
    const { trials } = await working
    assert.ok(isTold(), notices.join())
    assert.ok(trials.every(({ status }) => status === 'completed'))
    assert.is((await lines(note)).length, 40)
    await slurm.ready()
  }),
)

some('trials that are to start while the controller is away start when it is back', (slurm) =>
  inScratch(async (out) => {
    const note = join(out, 'epochs')
    const notices: string[] = []
    const working = makeTiny(
      out,
      { ...slow(note, 4, 700), parallel: 1, launcher: LAUNCHER },
      { notice: (text) => notices.push(text) },
    )
    let isOver = false
    void working.finally(() => {
      isOver = true
    })
    await until(async () => (await lines(note)).length >= 2)
    await slurm.stop('slurmctld')
    const isTold = () => notices.some((each) => /^Slurm: sbatch.*asked again$/.test(each))
    await until(() => isOver || isTold())
    slurm.restart('slurmctld')
    const { trials } = await working
    assert.ok(isTold(), notices.join())
    assert.ok(trials.every(({ status }) => status === 'completed'))
    assert.is((await lines(note)).length, 8)
    await slurm.ready()
  }),
)

some('says what sbatch refuses, and what a trial waits for', (slurm) =>
  inScratch(async (out) => {
    const refused = await makeTiny(out, {
      ...FIVE,
      launcher: { ...LAUNCHER, partition: 'nowhere' },
    }).catch((error: Error) => error)
    assert.match((refused as Error).message, /sbatch must take the job.*invalid partition/is)
    const stop = new AbortController()
    const notices: string[] = []
    const working = makeTiny(
      out,
      { ...FIVE, launcher: { ...LAUNCHER, partition: 'closed' } },
      {
        signal: stop.signal,
        notice(text) {
          notices.push(text)
          stop.abort()
        },
      },
    )
    assert.is((await working).isInterrupted, true)
    assert.equal(notices, ['Slurm: trials wait: PartitionDown'])
    assert.equal(await jobsOf(slurm, 'PENDING,RUNNING,COMPLETING'), [])
  }),
)

test.run()
