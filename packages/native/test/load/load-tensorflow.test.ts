import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { EngineError } from '@ashlar/errors'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { installNative } from '../../src/install/install.ts'
import { loadTensorflow } from '../../src/load/load-tensorflow.ts'
import { fakeProject, machine, TARGET, WHEELS } from '../support/machine.ts'
import { rejection } from '../support/rejects.ts'
import { inFolder } from '../support/temporary.ts'

const test = suite('loadTensorflow')

test('says how to install it, and what is wrong with what is there', () =>
  inFolder(async (home) => {
    const options = { home, target: TARGET, from: [] }
    const absent = await rejection(loadTensorflow(options), EngineError)
    assert.is(
      absent.message,
      'tensorflow: TensorFlow native must be installed\n  Run: ashlar native install. Everything else works without it.',
    )
    await mkdir(join(home, 'native/tfjs-node-4.22.0-linux-x64-glibc-napi8'), { recursive: true })
    const half = await rejection(loadTensorflow(options), EngineError)
    assert.match(half.message, 'what is installed cannot be used: it has no readable manifest.json')
  }))

test('gives the cause when the binding does not load', () =>
  inFolder(async (home) => {
    const from = [fakeProject(home)]
    const level = process.env.TF_CPP_MIN_LOG_LEVEL
    const effects = machine()
    const { binding } = await installNative({ home, target: TARGET, wheels: WHEELS, from, effects })
    await writeFile(binding.path, 'no code')
    const error = await rejection(loadTensorflow({ home, target: TARGET, from: [] }), EngineError)
    assert.match(error.message, `the native binding ${binding.path} must load (`)
    assert.match(error.message, 'ashlar native install --force')
    assert.instance(error.cause, Error)
    if (level === undefined) delete process.env.TF_CPP_MIN_LOG_LEVEL
  }))

test.run()
