import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { slurmLauncher } from '../../src/index.ts'
import { launcherChecks } from '../../src/testing/launcher-checks.ts'
import { withSlurm } from '../support/slurm.ts'
import { makeTiny } from '../support/sweep.ts'

const test = suite('job arrays of a real Slurm')

const LAUNCHER = { name: 'slurm', interval: 0.3 }

const FIVE = {
  args: ['optimizer.learningRate=1e-3,3e-3,1e-2,3e-2,1e-1', 'epochs=3'],
  suggester: 'grid',
  trials: 5,
} as const

for (const { name, run } of launcherChecks) {
  test(
    `the launcher: ${name}`,
    withSlurm(async ({ out }) => {
      await run({ create: () => slurmLauncher({ interval: 0.3 }), folder: out } as Parameters<
        typeof run
      >[0])
    }),
  )
}

test(
  'make the table that one process makes',
  withSlurm(async ({ out, slurm }) => {
    const notices: string[] = []
    const there = await makeTiny(
      out,
      { ...FIVE, launcher: { ...LAUNCHER, time: '0:10:00', memory: '300M', partition: 'main' } },
      { notice: (text) => notices.push(text) },
    )
    const here = await makeTiny(join(out, 'inline'), FIVE)
    assert.equal([there.trials, there.best], [here.trials, here.best])
    assert.equal(notices, [])
    const jobs = await slurm.ask('scontrol', ['show', 'job'])
    assert.is([...jobs.matchAll(/JobState=COMPLETED/g)].length, 5)
    assert.is(new Set([...jobs.matchAll(/ArrayJobId=(\d+)/g)].map(([, id]) => id)).size, 1)
    assert.match(jobs, /TimeLimit=00:10:00/)
    assert.match(jobs, /MinMemoryNode=300M/)
    assert.match(jobs, /Requeue=1/)
  }),
)

test.run()
