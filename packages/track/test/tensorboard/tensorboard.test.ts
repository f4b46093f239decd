import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigError } from '@ashlar/errors'
import { openContainer, Registry } from '@ashlar/plugins'
import { inScratch } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { tensorboardPlugin } from '../../src/tensorboard/tensorboard.ts'
import { trainTiny } from '../support/train.ts'

const test = suite('event files')

const registry = new Registry().register([tensorboardPlugin], 'the tests')

/** Trains as the run of a name does. @returns where event files are then, without their names. */
async function trainAs(folder: string, run: string | undefined, options: object) {
  const runFolder = run && join(folder, run)
  const container = openContainer(registry, { seed: 1, folder, runFolder })
  const reference = { name: 'tensorboard', ...options }
  await trainTiny([container.create('callback', reference, 'callbacks.tensorboard')])
  const files = await readdir(folder, { recursive: true, withFileTypes: true })
  return files.filter((file) => file.isFile()).map((file) => file.parentPath.slice(folder.length))
}

test('stand in the run folder', () =>
  inScratch({}, async (folder) => {
    const found = await trainAs(folder, 'first', {})
    assert.equal(found.sort(), ['/first/tensorboard/train', '/first/tensorboard/validation'])
  }))

test('runs that are given one folder stand side by side, and leave each other alone', () =>
  inScratch({}, async (folder) => {
    await trainAs(folder, 'first', { folder: 'all' })
    const found = await trainAs(folder, 'second', { folder: 'all' })
    const each = ['first', 'second'].flatMap((run) =>
      ['train', 'validation'].map((part) => `/all/${run}/${part}`),
    )
    assert.equal(found.sort(), each)
  }))

test('outside of a run a folder is asked for', () =>
  inScratch({}, async (folder) => {
    const found = await trainAs(folder, undefined, { folder: 'all' })
    assert.equal(found.sort(), ['/all/train', '/all/validation'])
    await trainAs(folder, undefined, {}).then(
      () => assert.unreachable(),
      (error: unknown) => {
        assert.instance(error, ConfigError)
        assert.match((error as Error).message, '`folder` must be given outside of a run')
      },
    )
  }))

test.run()
