import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { EngineError } from '@ashlar/errors'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { systemEffects } from '../../src/effects/effects.ts'
import { obtainTfjsNode } from '../../src/tfjs-node/obtain.ts'
import { answer, fakeProject, machine, valueAfter } from '../support/machine.ts'
import { rejection } from '../support/rejects.ts'
import { inFolder } from '../support/temporary.ts'

const test = suite('obtainTfjsNode')

test('copies the installed package without asking npm', () =>
  inFolder(async (home) => {
    const effects = machine()
    const folder = join(home, 'package')
    await obtainTfjsNode({ folder, from: [fakeProject(home)] }, { ...systemEffects(), ...effects })
    assert.equal((await readdir(folder)).sort(), ['binding', 'dist', 'package.json'])
    assert.equal(effects.calls, [])
  }))

test('says what npm said when it cannot fetch the package', () =>
  inFolder(async (home) => {
    const npm = async () =>
      answer({ code: 1, stderr: 'npm error code E404\nnpm error 404 Not Found\n' })
    const effects = { ...systemEffects(), ...machine({ npm }) }
    const error = await rejection(
      obtainTfjsNode({ folder: join(home, 'p'), from: [] }, effects),
      EngineError,
    )
    assert.match(
      error.message,
      'npm must be able to fetch @tensorflow/tfjs-node@4.22.0 (code E404)',
    )
    assert.match(error.message, 'npm install --ignore-scripts @tensorflow/tfjs-node@4.22.0')
    assert.equal(await readdir(home), [])
  }))

test('refuses another package than the pinned one', () =>
  inFolder(async (home) => {
    const effects = machine({
      npm: async (_command, args) => {
        await writeFile(join(valueAfter(args, '--pack-destination'), 'other.tgz'), 'something else')
        return answer()
      },
    })
    const options = { folder: join(home, 'p'), from: [] }
    const error = await rejection(
      obtainTfjsNode(options, { ...systemEffects(), ...effects }),
      EngineError,
    )
    assert.match(error.message, 'what npm fetched must have the digest sha512-uHrXeUlf')
    assert.match(error.message, 'npm cache clean --force')
  }))

test.run()
