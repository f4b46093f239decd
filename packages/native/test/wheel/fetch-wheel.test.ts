import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { EngineError } from '@ashlar/errors'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { systemEffects } from '../../src/effects/effects.ts'
import type { Progress } from '../../src/effects/progress.ts'
import { announcedSize, checkDigest, fetchWheel } from '../../src/wheel/fetch-wheel.ts'
import { tagFor, tagOf, wheelsFor } from '../../src/wheel/wheels.ts'
import { answer, machine, pip, TARGET, WHEEL, WHEELS } from '../support/machine.ts'
import { rejection } from '../support/rejects.ts'
import { inFolder } from '../support/temporary.ts'

const test = suite('fetchWheel')

const PYTHON = { command: 'python3', args: [], tag: 'cp311', pip: '24.0' }

test('asks pip for one file of one project, and runs nothing of it', () =>
  inFolder(async (folder) => {
    const effects = { ...systemEffects(), ...machine() }
    await fetchWheel({ wheels: WHEELS, python: PYTHON, folder, onProgress: undefined }, effects)
    const line = effects.calls[0]!.join(' ')
    assert.ok(
      line.startsWith(
        'python3 -m pip download tensorflow-cpu==2.21.0 --no-deps --only-binary=:all:',
      ),
    )
    assert.match(line, '--python-version 3.11 --abi cp311 --platform manylinux_2_27_x86_64')
  }))

test('tells sizes while pip downloads', () =>
  inFolder(async (folder) => {
    let told = (_total: number | undefined) => {}
    const seen = new Promise<number | undefined>((resolve) => {
      told = resolve
    })
    const slow = machine({
      async pip(command, args, options) {
        options?.onStdout?.('Downloading tensorflow_cpu-2.21.0.whl (260.4 MB)\n')
        await writeFile(join(String(options?.env?.TMPDIR), 'part'), 'x'.repeat(1000))
        await seen
        return pip(command, args)
      },
    })
    const onProgress = ({ bytes, total }: Progress) => {
      if (bytes === 1000) told(total)
    }
    const options = { wheels: WHEELS, python: PYTHON, folder, onProgress }
    await fetchWheel(options, { ...systemEffects(), ...slow })
    assert.is(await seen, 260_400_000)
  }))

test('says what pip said', () =>
  inFolder(async (folder) => {
    const silent = machine({ pip: async () => answer() })
    const options = { wheels: WHEELS, python: PYTHON, folder }
    const nothing = await rejection(
      fetchWheel(options, { ...systemEffects(), ...silent }),
      EngineError,
    )
    assert.is(nothing.message, 'pip download: must leave a wheel of tensorflow-cpu==2.21.0')

    const refused = machine({
      pip: async () => answer({ code: 1, stderr: 'ERROR: first\nERROR: No matching distribution' }),
    })
    const error = await rejection(
      fetchWheel(options, { ...systemEffects(), ...refused }),
      EngineError,
    )
    assert.is(
      error.message,
      'pip download: must fetch tensorflow-cpu==2.21.0 (No matching distribution)',
    )
  }))

test('refuses another file', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'numpy-2.0.0-cp311-cp311-manylinux_2_27_x86_64.whl')
    await writeFile(path, WHEEL)
    const error = await rejection(checkDigest(path, WHEELS), EngineError)
    assert.match(error.message, 'must be a wheel of tensorflow-cpu 2.21.0 for cp311')
  }))

test('takes the wheel of the Python that is there, else the newest', () => {
  const wheels = wheelsFor(TARGET)!
  assert.is(tagFor(wheels, 'cp310'), 'cp310')
  assert.is(tagFor(wheels, 'cp399'), 'cp313')
  assert.is(tagOf('tensorflow_cpu-2.21.0-cp312-cp312-manylinux_2_27_x86_64.whl'), 'cp312')
  assert.is(tagOf('tensorflow.tar.gz'), undefined)
})

test('reads sizes in all units', () => {
  assert.is(announcedSize('  Downloading a-1-cp311-cp311-x.whl (12.5 kB)'), 12_500)
  assert.is(announcedSize('Downloading a.whl (1.5 GB)'), 1.5e9)
  assert.is(announcedSize('Processing ./a.whl'), undefined)
})

test.run()
