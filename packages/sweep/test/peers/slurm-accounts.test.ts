import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Slurm, withSlurm } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createSweep } from '../../src/index.ts'
import { inScratch, makeTiny, planTiny, tinySweep } from '../support/sweep.ts'

const test = suite('accounts of a real Slurm')

const { slurmTest } = withSlurm(test, { accounts: true })

/** Trials that take a while. */
const SLOW = {
  args: ['optimizer.learningRate=1e-3,1e-2', 'epochs=40', 'callbacks.trouble.wait=500'],
  suggester: 'grid',
  trials: 2,
  attempts: 1,
  launcher: { name: 'slurm', interval: 0.5 },
} as const

/** A queue that has forgotten what has ended, as each does after its MinJobAge, five minutes by default; for the time of `fn`. */
async function forgetting(folder: string, fn: () => Promise<void>): Promise<void> {
  const before = process.env.PATH
  await mkdir(folder, { recursive: true })
  const states = 'PENDING,RUNNING,COMPLETING,CONFIGURING'
  const script = `#!/bin/sh
for each do
  shift
  [ "$each" = --states=all ] && each=--states=${states}
  set -- "$@" "$each"
done
PATH='${before}'
export PATH
exec squeue "$@"
`
  await writeFile(join(folder, 'squeue'), script)
  await chmod(join(folder, 'squeue'), 0o755)
  process.env.PATH = [folder, before].join(delimiter)
  try {
    await fn()
  } finally {
    process.env.PATH = before
  }
}

async function running(slurm: Slurm): Promise<string[]> {
  for (;;) {
    const text = await slurm.ask('squeue', ['-h', '-r', '--states=RUNNING', '-o', '%i'])
    const jobs = text.split('\n').filter((line) => line !== '')
    if (jobs.length === 2) return jobs
    await sleep(200)
  }
}

slurmTest('say of a job that the queue has forgotten that somebody cancelled it', (slurm) =>
  inScratch((out) =>
    forgetting(join(out, 'bin'), async () => {
      const folder = await createSweep(out, await planTiny(tinySweep(SLOW)))
      const working = makeTiny(out, SLOW, { folder }).catch((error: Error) => error)
      const [job = ''] = await running(slurm)
      await slurm.ask('scancel', [job])
      const error = await working
      assert.instance(error, Error)
      assert.match((error as Error).message, new RegExp(`job ${job} was cancelled by somebody`))
      const told = await slurm.ask('sacct', ['-n', '-P', '-X', `--jobs=${job}`, '-o', 'State'])
      assert.match(told, /^CANCELLED/)
    }),
  ),
)

test.run()
