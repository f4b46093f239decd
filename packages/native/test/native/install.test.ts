import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, readdir, stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { systemEffects } from '../../src/effects/effects.ts'
import { findNative } from '../../src/install/find.ts'
import { installNative } from '../../src/install/install.ts'
import { obtainTfjsNode } from '../../src/tfjs-node/obtain.ts'
import { inFolder } from '../support/temporary.ts'
import { whereInstalled } from './support/installed.ts'

const test = suite('what is really installed')
const check = await whereInstalled(test)

check('works when it is tried, and is left alone by a second install', async () => {
  const found = await findNative({ probe: true })
  assert.is(found.state, 'ready')
  assert.is(found.problem, undefined)
  const again = await installNative()
  assert.not.ok(again.changed)
  assert.is(again.tensorflow, found.tensorflow)
})

check('a damaged library is noticed without loading it', () =>
  inFolder(async (home) => {
    const { folder, manifest } = await findNative()
    if (manifest === undefined) return
    const copy = join(home, 'native', folder.split('/').at(-1)!)
    // Links where nothing is written: the libraries are large.
    await cp(folder, copy, { recursive: true, filter: (path) => !path.includes('/deps/lib/') })
    await mkdir(join(copy, 'deps/lib'), { recursive: true })
    for (const name of await readdir(join(folder, 'deps/lib'))) {
      const { size } = await stat(join(folder, 'deps/lib', name))
      const path = join(copy, 'deps/lib', name)
      await cp('/dev/null', path)
      await truncate(path, size - 1)
    }
    const damaged = await findNative({ home, from: [] })
    assert.is(damaged.state, 'broken')
    assert.match(damaged.problem!, /deps\/lib\/libtensorflow\S+ has \d+ bytes instead of \d+/)
  }),
)

check('npm fetches tfjs-node where it is not installed, and its digest is right', () =>
  inFolder(async (home) => {
    const folder = join(home, 'package')
    await obtainTfjsNode({ folder, from: [] }, systemEffects())
    assert.equal((await readdir(folder)).sort(), ['binding', 'dist', 'package.json'])
    assert.ok((await readdir(join(folder, 'binding'))).includes('tfjs_binding.cc'))
    assert.equal(await readdir(home), ['package'])
  }),
)

check('an install that is killed leaves nothing that looks installed', () =>
  inFolder(async (home) => {
    const install = fileURLToPath(new URL('support/install-to.ts', import.meta.url))
    const args = [...process.execArgv, install, home]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    const closed = once(child, 'close')
    for await (const chunk of child.stdout) {
      // While it writes: the worst moment.
      if (String(chunk).includes('unpack')) child.kill('SIGKILL')
    }
    const [, signal] = await closed
    // Where another way than the wheel works there is no such moment, and the install just ends.
    assert.ok(signal === 'SIGKILL' || signal === null)
    const { state } = await findNative({ home, from: [] })
    assert.is(state, signal === 'SIGKILL' ? 'absent' : 'ready')
  }),
)

test.run()
