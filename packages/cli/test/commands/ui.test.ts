import { chmod, mkdir, readdir, readFile, stat } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { tieredSuite } from '@ashlar/test-support'
import * as assert from 'uvu/assert'
import { ashlar, TINY } from '../support/ashlar.ts'
import { outcomeOf } from '../support/outcome.ts'
import { start } from '../support/process.ts'
import { inScratch } from '../support/scratch.ts'
import { slowRuns } from '../support/slow-runs.ts'

const { test, slow } = tieredSuite('ashlar ui')

const ADDRESS = /page {3}(http:\/\/127\.0\.0\.1:\d+)\/\?token=([\w-]{32})\n/

slow(
  'serves the runs of a folder until it is told to end; a run under way is stopped as by Ctrl-C',
  () =>
    inScratch({}, async (folder) => {
      const training = ['run', TINY, 'epochs=1000000', 'engine=sluggish', '--out', 'runs']
      // It need not compute all the while.
      const run = start(training, { cwd: folder, env: slowRuns(Array(4000).fill(50), false) })
      await run.seen(/epoch 3\/1000000/)
      const ui = start(['ui'], { cwd: folder })
      try {
        const [, address, token] = await ui.seen(ADDRESS)
        const ask = async (path: string, init: RequestInit = {}) => {
          const headers = { authorization: `Bearer ${token}`, ...init.headers }
          return (await fetch(`${address}${path}`, { ...init, headers })).json()
        }
        const { rows } = (await ask('/api/runs')) as { rows: { run: string; outcome: string }[] }
        assert.equal(
          rows.map(({ outcome }) => outcome),
          ['running'],
        )
        const name = rows[0]!.run
        const { curves } = (await ask(`/api/curves?run=${name}`)) as {
          curves: { series: { metric: string }[] }[]
        }
        assert.ok(curves[0]!.series.some(({ metric }) => metric === 'loss'))
        if (process.platform !== 'linux') return
        const answer = await ask(`/api/runs/${name}/stop`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ run: name }),
        })
        assert.equal(answer, { pid: run.child.pid })
        assert.is((await run.ended).code, 130)
        assert.is(await outcomeOf(join(folder, 'runs', name)), 'stopped')
        assert.ok((await readdir(join(folder, 'runs', name))).includes('weights.safetensors'))
        ui.child.kill('SIGTERM')
        assert.is((await ui.ended).code, 0)
      } finally {
        run.child.kill('SIGKILL')
        ui.child.kill('SIGKILL')
      }
    }),
)

slow(
  '--open hands the browser a file that only the user may read; the token is in no argument, and the file is gone afterwards',
  () =>
    inScratch(
      // Any browser: it keeps what it was given.
      { 'xdg-open': '#!/bin/sh\necho "$@" > given\n' },
      async (folder) => {
        if (process.platform !== 'linux') return
        await chmod(join(folder, 'xdg-open'), 0o755)
        await mkdir(join(folder, 'runs'))
        const PATH = `${folder}:${process.env.PATH}`
        const ui = start(['ui', '--open'], { cwd: folder, env: { PATH } })
        try {
          const [, address, token] = await ui.seen(ADDRESS)
          const given = await eventually(() => readFile(join(folder, 'given'), 'utf8'))
          const path = fileURLToPath(given.trim())
          assert.not.match(given, token!)
          assert.is((await stat(path)).mode & 0o777, 0o600)
          const [, to] = /content="0;url=([^"]+)"/.exec(await readFile(path, 'utf8')) ?? []
          assert.is(to, `${address}/?token=${token}`)
          const entered = await fetch(to!)
          assert.is(entered.status, 200)
          assert.match(entered.headers.get('set-cookie')!, token!)
          await eventually(async () => assert.equal(await readdir(join(folder, 'runs')), []))
        } finally {
          ui.child.kill('SIGTERM')
        }
        assert.is((await ui.ended).code, 0)
      },
    ),
)

slow('--open removes the file where nobody came, and says so where there is no browser', () =>
  inScratch({}, async (folder) => {
    if (process.platform !== 'linux') return
    await mkdir(join(folder, 'runs'))
    const ui = start(['ui', '--open'], { cwd: folder, env: { PATH: folder } })
    await ui.seen(/no browser could be started: open the address yourself/)
    assert.equal(await readdir(join(folder, 'runs')), [])
    ui.child.kill('SIGTERM')
    assert.is((await ui.ended).code, 0)
  }),
)

/** What a function gives as soon as it gives something; it is waited for without a limit. */
async function eventually<T>(look: () => Promise<T>): Promise<T> {
  for (;;) {
    const found = await look().then(
      (value) => ({ value }),
      () => undefined,
    )
    if (found !== undefined && found.value !== '') return found.value
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

test('wrong usage, each with a way out', () =>
  inScratch({}, async (folder) => {
    const missing = await ashlar('ui', join(folder, 'nowhere'))
    assert.is(missing.code, 1)
    assert.match(missing.err, /must be a folder of runs[\s\S]*ashlar ui FOLDER/)
    const open = await ashlar('ui', folder, '--host', '0.0.0.0')
    assert.is(open.code, 2)
    assert.match(open.err, /--host: must be an address of this machine alone[\s\S]*ssh -L/)
    const port = await ashlar('ui', folder, '--port', '70000')
    assert.is(port.code, 2)
    assert.match(port.err, 'must be a number from 0 to 65535')
    const other = createServer()
    await new Promise<void>((done) => other.listen(0, '127.0.0.1', done))
    try {
      const { port: taken } = other.address() as { port: number }
      const occupied = await ashlar('ui', folder, '--port', String(taken))
      assert.is(occupied.code, 1)
      assert.match(
        occupied.err,
        `127.0.0.1:${taken}: the port must be free, and something listens there already`,
      )
      assert.match(occupied.err, 'leave --port out')
    } finally {
      other.close()
    }
    const help = await ashlar('ui', '--help')
    assert.is(help.code, 0)
    assert.match(help.out, /look at runs in a browser[\s\S]*--open/)
  }))

test.run()
