import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DataError } from '@ashlar/errors'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openEventWriter } from '../../src/tensorboard/event-writer.ts'
import { rejection } from '../support/rejects.ts'
import { inFolder } from '../support/temporary.ts'
import { whereInstalled } from './support/installed.ts'

const test = suite('event files of TensorBoard')
const check = await whereInstalled(test)

check(
  'writes one event file into a folder that it makes, and leaves tensors and backend alone',
  () =>
    inFolder(async (folder) => {
      const path = join(folder, 'deep/events')
      const backend = tf.getBackend()
      const events = await openEventWriter(path)
      for (const step of [0, 1, 2]) await events.scalar('loss', 1 / (step + 1), step)
      await events.histogram('weights', [1, 2, 2, 3], 2)
      await events.flush()
      const [name, ...others] = await readdir(path)
      assert.match(name!, /^events\.out\.tfevents\./)
      assert.equal(others, [])
      const bytes = await readFile(join(path, name!))
      assert.ok(bytes.includes('loss') && bytes.includes('weights'))
      assert.is(tf.getBackend(), backend)
      const tensors = tf.memory().numTensors
      await events.histogram('weights', [1, 2], 3)
      assert.is(tf.memory().numTensors, tensors)
    }),
)

check('says when the folder is a file', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'file')
    await writeFile(path, '')
    const error = await rejection(openEventWriter(path), DataError)
    assert.is(
      error.message,
      `${path}: must be a folder that can be written (there is a file of that name)`,
    )
  }),
)

test.run()
