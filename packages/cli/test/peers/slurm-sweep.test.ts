import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { withSlurm } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ashlarJson, TINY } from '../support/ashlar.ts'
import { start } from '../support/process.ts'
import { inScratch } from '../support/scratch.ts'

const test = suite('ashlar sweep --launcher slurm')

const { slurmTest } = withSlurm(test)

const SLURM = '{name: slurm, interval: 0.5, time: 10}'

interface Table {
  readonly trials: readonly { readonly status: string; readonly metrics: object }[]
}

slurmTest('makes the table that this machine makes', () =>
  inScratch({}, async (out) => {
    const asked = ['sweep', TINY, 'seed=0,1', 'epochs=2', '--metric', 'loss', '--out', out]
    const there = await ashlarJson<Table>(...asked, '--launcher', SLURM)
    assert.equal(there, await ashlarJson<Table>(...asked))
  }),
)

slurmTest('ends its jobs at Ctrl-C, and goes on when it is told to', (slurm) =>
  inScratch({}, async (out) => {
    const asked = ['sweep', TINY, 'seed=0,1', 'epochs=1000000', '--metric', 'loss', '--out', out]
    const { child, seen, ended } = start([...asked, '--launcher', SLURM])
    await seen(/sweep {5}/)
    while (!/RUNNING/.test(await slurm.ask('squeue', ['-h', '-r', '-o', '%T']))) {
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
    child.kill('SIGINT')
    const { code, out: text, err } = await ended
    assert.is(code, 130, err)
    assert.match(text, /2 trials: 0 completed, 2 not finished, 0 failed/)
    assert.match(text, /To go on:\n.* sweep --resume /)
    assert.is(await slurm.ask('squeue', ['-h']), '')
    const [name = ''] = (await readdir(out)).filter((each) => each.endsWith('-sweep'))
    const listed = await ashlarJson<Table>('sweep', '--resume', join(out, name), '--dry-run')
    assert.is(listed.trials.length, 2)
  }),
)

test.run()
