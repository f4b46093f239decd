import { readdir, readlink, realpath } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { tieredSuite } from '@ashlar/test-support'
import * as assert from 'uvu/assert'
import { ashlarJson, TINY } from './support/ashlar.ts'
import { fromSource, start } from './support/process.ts'
import { inScratch } from './support/scratch.ts'

const { test, slow } = tieredSuite('the command in a clone')

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

const cases: readonly [agent: string, name: string][] = [
  ['pnpm/12.21.0 npm/? node/v20.20.2 linux x64', 'pnpm ashlar'],
  ['npm/11.0.0 node/v20.20.2 linux x64', 'node scripts/pnpm.js ashlar'],
  ['', 'node scripts/pnpm.js ashlar'],
]

for (const [agent, name] of cases) {
  test(`started by ${agent || 'node'}, it shows commands that begin with ${name}`, async () => {
    const { ended } = start(fromSource(['--help']), {
      file: 'node',
      env: { npm_config_user_agent: agent, INIT_CWD: ROOT },
    })
    const { code, out } = await ended
    assert.is(code, 0)
    assert.ok(out.startsWith(`Usage: ${name} `), out)
  })
}

slow(
  'started from a folder elsewhere, paths are those of that folder, and commands can be run from there',
  async () => {
    const { ended } = start(fromSource(['config', 'none.yaml']), {
      file: 'node',
      env: { INIT_CWD: tmpdir() },
    })
    assert.ok((await ended).err.startsWith(`${await realpath(tmpdir())}/none.yaml: `))
    const help = await start(fromSource(['--help']), {
      file: 'node',
      env: { INIT_CWD: tmpdir() },
    }).ended
    assert.ok(help.out.startsWith(`Usage: node ${ROOT}scripts/pnpm.js ashlar `), help.out)
  },
)

slow(
  'a run that is started from a folder elsewhere lies there, and the last one is found by its link',
  () =>
    inScratch({}, async (folder) => {
      const inFolder = (...args: string[]) =>
        start(fromSource(args), { file: 'node', cwd: ROOT, env: { INIT_CWD: folder } }).ended
      const { code, err } = await inFolder('run', TINY)
      assert.is(code, 0, err)
      const names = (await readdir(join(folder, 'runs'))).filter((name) => /^\d{8}-/.test(name))
      assert.is(names.length, 1)
      assert.is(await readlink(join(folder, 'runs/latest')), names[0])
      const shown = await inFolder('verify', 'runs/latest')
      assert.is(shown.code, 0, shown.err)
    }),
)

slow('processes that it starts read TypeScript as it does, from a folder elsewhere too', () =>
  inScratch({}, async (folder) => {
    const { run } = await ashlarJson<{ run: string }>('run', TINY, '--out', folder)
    const program = fileURLToPath(new URL('../src/from-source.ts', import.meta.url))
    for (const reader of ['tsx', './scripts/typescript/register.js']) {
      const args = ['--import', reader, '--conditions=@ashlar/source', program, 'verify', run]
      const { code, err } = await start(args, {
        file: 'node',
        cwd: ROOT,
        env: { INIT_CWD: folder },
      }).ended
      assert.is(code, 0, err)
    }
  }),
)

test.run()
