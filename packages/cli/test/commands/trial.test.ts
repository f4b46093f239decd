import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeRun } from '@ashlar/experiment/runs'
import { writeRequest } from '@ashlar/sweep'
import { tieredSuite } from '@ashlar/test-support'
import * as assert from 'uvu/assert'
import { ashlar, ashlarJson, TINY } from '../support/ashlar.ts'
import { inScratch } from '../support/scratch.ts'

const { test, slow } = tieredSuite('ashlar trial')

const ID = 'a'.repeat(16)

/** What came of a trial, as its folder holds it. */
const DONE = {
  ...{ id: ID, until: 1, status: 'reached', better: 'lower', metrics: { loss: 0.25 } },
  ...{ epochs: 1, steps: 4, seconds: 1 },
}

/** A sweep with a trial that is done, and a batch of one task, as a launcher writes it. */
async function withBatch(
  fn: (made: { sweep: string; batch: string }) => Promise<void>,
  done: object = DONE,
): Promise<void> {
  await inScratch({}, async (sweep) => {
    await mkdir(join(sweep, ID))
    await writeFile(join(sweep, ID, 'trial.json'), JSON.stringify(done))
    await writeRequest(await makeRun(sweep), {
      ...{ name: 'tiny', target: TINY, args: ['seed=0,1'], metric: 'loss', trials: undefined },
      ...{ constraints: [], seed: 0, suggester: { name: 'grid' }, scheduler: { name: 'full' } },
      ...{ launcher: { name: 'slurm' }, minutes: undefined, patience: undefined, attempts: 3 },
      ...{ threads: undefined, parallel: undefined, base: '', began: '2026-11-03T14:25:01.000Z' },
    })
    const task = {
      ...{ id: ID, until: 1, metric: 'loss', threads: 1, attempts: 3, requires: { plugins: {} } },
      config: {},
    }
    const text = JSON.stringify({ ashlar: 'batch', nonce: 'a', tasks: [task] })
    const batch = createHash('sha256').update(text).digest('hex')
    await mkdir(join(sweep, '.work', 'batches', batch), { recursive: true })
    await writeFile(join(sweep, '.work', 'batches', `${batch}.json`), text)
    await fn({ sweep, batch })
  })
}

slow('says what came of a trial, to who asked and in the sweep', () =>
  withBatch(async ({ sweep, batch }) => {
    // It was done before, so nothing is trained.
    const result = await ashlarJson('trial', sweep, '--batch', batch, '--index', '0')
    assert.equal(result, DONE)
    const answer = await readFile(join(sweep, '.work', 'batches', batch, '0.json'), 'utf8')
    assert.equal(JSON.parse(answer), result)
  }),
)

slow('a trial that cannot be is told, with exit code 1', () =>
  withBatch(
    async ({ sweep, batch }) => {
      const { code, out, err } = await ashlar('trial', sweep, '--batch', batch, '--index', '0')
      assert.is(code, 1)
      assert.match(out, /failed/)
      assert.match(err, /no such model/)
    },
    { ...DONE, status: 'failed', error: { message: 'no such model', kind: 'configuration' } },
  ),
)

test('says what is wrong with what it is asked', () =>
  withBatch(async ({ sweep, batch }) => {
    for (const [args, code, told] of [
      [['--batch', batch, '--index', '1'], 2, /--index: must be from 0 to 0/],
      [['--batch', 'b'.repeat(64), '--index', '0'], 1, /must be a batch of trials/],
      [['--batch', '../x', '--index', '0'], 2, /--batch: must be the digest/],
      [['--batch', batch, '--index', '-1'], 2, /./],
      [['--batch', batch], 2, /--index/],
    ] as const) {
      const answer = await ashlar('trial', sweep, ...args)
      assert.is(answer.code, code, answer.err)
      assert.match(answer.err, told)
    }
    const none = await ashlar('trial', join(sweep, '..'), '--batch', batch, '--index', '0')
    assert.match(none.err, /must be the folder of a sweep/)
  }))

slow('does nothing of a sweep that was not made here, unless it is trusted', () =>
  withBatch(async ({ sweep, batch }) => {
    const path = join(sweep, 'sweep.json')
    const request = JSON.parse(await readFile(path, 'utf8'))
    await writeFile(path, JSON.stringify({ ...request, seed: 9 }))
    const refused = await ashlar('trial', sweep, '--batch', batch, '--index', '0')
    assert.is(refused.code, 2, refused.err)
    assert.match(refused.err, 'Add --trust if you trust all of this.')
    const trusted = await ashlar('trial', sweep, '--batch', batch, '--index', '0', '--trust')
    assert.is(trusted.code, 0, trusted.err)
    assert.match(trusted.out, /^a{16} {2}reached {2}1 epochs {2}loss 0\.25/)
  }),
)

test.run()
