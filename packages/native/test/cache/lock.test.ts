import { existsSync } from 'node:fs'
import { utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { withLock } from '../../src/cache/lock.ts'
import { rejection } from '../support/rejects.ts'
import { inFolder } from '../support/temporary.ts'

const test = suite('withLock')

/** Above what Linux hands out. */
const NO_PROCESS = 2 ** 22 + 1

test('lets one in at a time, and is gone afterwards', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'deep/a.lock')
    let inside = 0
    let most = 0
    const action = async () => {
      most = Math.max(most, ++inside)
      await sleep(20)
      inside--
    }
    await Promise.all([1, 2, 3].map(() => withLock(path, {}, action)))
    assert.is(most, 1)
    assert.not.ok(existsSync(path))
  }))

test('is released when the action fails', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'a.lock')
    const failing = withLock(path, {}, () => Promise.reject(new Error('no')))
    assert.is((await rejection(failing, Error)).message, 'no')
    assert.not.ok(existsSync(path))
  }))

test('takes over from a process that has died, and from one that was silent for long', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'a.lock')
    await writeFile(path, JSON.stringify({ pid: NO_PROCESS, host: hostname() }))
    assert.is(await withLock(path, {}, () => Promise.resolve('dead')), 'dead')

    await writeFile(path, JSON.stringify({ pid: NO_PROCESS, host: 'elsewhere' }))
    const old = new Date(Date.now() - 120_000)
    await utimes(path, old, old)
    assert.is(await withLock(path, {}, () => Promise.resolve('silent')), 'silent')
  }))

test('stops waiting when it is told to', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'a.lock')
    const owner = { pid: process.pid, host: hostname() }
    await writeFile(path, JSON.stringify(owner))
    const controller = new AbortController()
    const told: unknown[] = []
    const onWait = (who: unknown) => {
      told.push(who)
      controller.abort()
    }
    const waiting = withLock(path, { onWait, signal: controller.signal }, () => Promise.resolve())
    assert.is((await rejection(waiting, Error)).name, 'AbortError')
    assert.equal(told, [owner])
    assert.ok(existsSync(path))
  }))

test.run()
