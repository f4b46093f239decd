import { realpath } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { start } from './support/process.ts'

const test = suite('the command in a clone')

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

const cases: readonly [agent: string, name: string][] = [
  ['pnpm/12.21.0 npm/? node/v20.20.2 linux x64', 'pnpm ashlar'],
  ['npm/11.0.0 node/v20.20.2 linux x64', 'node scripts/pnpm.js ashlar'],
  ['', 'node scripts/pnpm.js ashlar'],
]

for (const [agent, name] of cases) {
  test(`started by ${agent || 'node'}, it shows commands that begin with ${name}`, async () => {
    const { ended } = start(['--help'], {
      env: { npm_config_user_agent: agent, INIT_CWD: ROOT },
    })
    const { code, out } = await ended
    assert.is(code, 0)
    assert.ok(out.startsWith(`Usage: ${name} `), out)
  })
}

test('started from a folder elsewhere, paths are those of that folder, and commands can be run from there', async () => {
  const { ended } = start(['config', 'none.yaml'], { env: { INIT_CWD: tmpdir() } })
  assert.ok((await ended).err.startsWith(`${await realpath(tmpdir())}/none.yaml: `))
  const help = await start(['--help'], { env: { INIT_CWD: tmpdir() } }).ended
  assert.ok(help.out.startsWith(`Usage: node ${ROOT}scripts/pnpm.js ashlar `), help.out)
})

test.run()
