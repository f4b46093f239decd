import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { findNative } from '../../src/install/find.ts'
import { installNative } from '../../src/install/install.ts'
import { removeNative } from '../../src/install/remove.ts'
import { answer, fakeProject, machine, TARGET, WHEELS } from '../support/machine.ts'
import { inFolder } from '../support/temporary.ts'

const test = suite('removeNative')

test('removes what was installed and what an interrupted install left, and says how much', () =>
  inFolder(async (home) => {
    const options = { home, target: TARGET }
    const from = [fakeProject(home)]
    const { bytes = 0 } = await installNative({
      ...options,
      wheels: WHEELS,
      from,
      effects: machine(),
    })
    const folder = join(home, 'native/tfjs-node-4.22.0-linux-x64-glibc-napi8')
    await mkdir(`${folder}.work-killed`)
    await writeFile(`${folder}.work-killed/part`, 'x'.repeat(1_000_000))
    const removed = await removeNative(options)
    assert.ok(removed.changed)
    assert.is(removed.folder, folder)
    assert.ok(removed.bytes > bytes + 1_000_000)
    assert.equal(await readdir(join(home, 'native')), [])
    assert.is((await findNative({ ...options, from: [] })).state, 'absent')
    assert.equal(await removeNative(options), { folder, changed: false, bytes: 0 })
  }))

test('keeps the bindings of other machines', () =>
  inFolder(async (home) => {
    const from = [fakeProject(home)]
    const other = { ...TARGET, arch: 'arm64' }
    for (const target of [TARGET, other]) {
      await installNative({ home, target, wheels: WHEELS, from, effects: machine() })
    }
    await removeNative({ home, target: TARGET })
    assert.equal(await readdir(join(home, 'native')), ['tfjs-node-4.22.0-linux-arm64-glibc-napi8'])
  }))

test('findNative tries the binding when asked, and says why it does not work', () =>
  inFolder(async (home) => {
    const from = [fakeProject(home)]
    await installNative({ home, target: TARGET, wheels: WHEELS, from, effects: machine() })
    const broken = await findNative({
      ...{ home, target: TARGET, probe: true },
      run: async () =>
        answer({
          code: 1,
          stderr:
            'Error: libtensorflow_cc.so.2: cannot open shared object file\n    at node:internal',
        }),
    })
    assert.is(broken.state, 'broken')
    assert.is(broken.problem, 'libtensorflow_cc.so.2: cannot open shared object file')
    const works = await findNative({ home, target: TARGET, probe: true, run: machine().run! })
    assert.is(works.state, 'ready')
    assert.is(works.tensorflow, '2.21.0')
    assert.is(works.manifest?.way, 'wheel')
  }))

test.run()
