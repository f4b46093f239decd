import { execFile } from 'node:child_process'
import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { coreKinds } from '@ashlar/core'
import { launcherKind, schedulerKind, suggesterKind } from '@ashlar/sweep'
import { sampled } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ashlarJson } from '../support/ashlar.ts'
import { inScratch } from '../support/scratch.ts'

const test = suite('the tests of new plugins')

const MODULES = fileURLToPath(new URL('../../node_modules', import.meta.url))

const some = sampled(4, test)

for (const { name: kind } of [...coreKinds, suggesterKind, schedulerKind, launcherKind]) {
  some(`pass for a ${kind}`, () =>
    inScratch({}, async (folder) => {
      const out = join(folder, 'wavy-field')
      await ashlarJson(...['new', 'plugin', 'wavy-field', '--kind', kind, '--out', out])
      // What npm install would bring.
      await symlink(MODULES, join(out, 'node_modules'))
      const { stdout } = await promisify(execFile)(
        process.execPath,
        [...process.execArgv, '--test', 'test/plugin.test.ts'],
        { cwd: out, env: { ...process.env, NODE_TEST_CONTEXT: undefined } },
      )
      assert.match(stdout, /^# fail 0$/m)
      assert.match(stdout, /^# pass ([4-9]|\d\d)$/m)
    }),
  )
}

test.run()
