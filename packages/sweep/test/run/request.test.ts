import { readFile } from 'node:fs/promises'
import { makeRun } from '@ashlar/experiment'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readRequest, writeRequest } from '../../src/index.ts'
import { inScratch, tinySweep } from '../support/sweep.ts'

const test = suite('what a sweep is to do, as a file')

test('holds no password of an address, and everything else as it was', () =>
  inScratch(async (out) => {
    const folder = await makeRun(out)
    const others = { store: 's3://bucket/a@b', note: 'me@there', ahead: 3 }
    for (const queue of [
      'redis://me:secret@host:6379',
      'redis://me:top@secret@host:6379',
      'redis://me:top/secret@host:6379',
      'redis://:secret@host:6379',
    ]) {
      const launcher = { name: 'bullmq', queue, ...others }
      const request = { ...tinySweep({}), launcher, base: '0' }
      await writeRequest(folder, request)
      assert.not.match(await readFile(folder.file('sweep.json'), 'utf8'), /secret|top/)
      const read = await readRequest(folder)
      assert.equal(read.launcher, { name: 'bullmq', queue: 'redis://host:6379', ...others })
      assert.is(read.metric, request.metric)
    }
  }))

test.run()
