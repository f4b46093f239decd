import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { EngineError } from '@ashlar/errors'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { systemEffects } from '../../src/effects/effects.ts'
import { unpackWheel } from '../../src/wheel/unpack-wheel.ts'
import { WHEEL, WHEELS } from '../support/machine.ts'
import { rejection } from '../support/rejects.ts'
import { inFolder } from '../support/temporary.ts'
import { zipOf } from '../support/zip.ts'

const test = suite('unpackWheel')
const effects = systemEffects()

async function unpacked(data: Uint8Array): Promise<string[]> {
  return inFolder(async (folder) => {
    const path = join(folder, 'a.whl')
    await writeFile(path, data)
    await unpackWheel({ path, folder, wheels: WHEELS }, effects)
    const files = await readdir(folder, { recursive: true, withFileTypes: true })
    return files.filter((file) => file.isFile()).map(({ name }) => name)
  })
}

test('unpacks libraries and needed headers alone', async () => {
  assert.equal((await unpacked(WHEEL)).sort(), [
    ...['a.whl', 'c_api.h', 'libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'],
  ])
})

test('refuses what is no wheel, one cut short, and one without a library', async () => {
  const wrong = async (data: Uint8Array) => (await rejection(unpacked(data), EngineError)).message
  assert.match(await wrong(Buffer.from('no zip')), 'a.whl: must be a whole wheel (')
  assert.match(await wrong(WHEEL.subarray(0, -30)), 'a.whl: must be a whole wheel (')
  const without = zipOf({ 'tensorflow/libtensorflow_cc.so.2': 'x' })
  assert.match(await wrong(without), '(it has no libtensorflow_framework.so.2)')
})

test('refuses damaged content', async () => {
  const damaged = Buffer.from(WHEEL)
  damaged.fill(0xff, 65, 75)
  const error = await rejection(unpacked(damaged), EngineError)
  assert.match(error.message, 'a.whl: must be a whole wheel (')
})

test.run()
