import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ConfigError } from '@ashlar/errors'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { inScratch, refusal } from '../src/index.ts'

const test = suite('test support')

test('a scratch folder has its files, and is gone afterwards', async () => {
  const seen = await inScratch({ 'a/b.txt': 'text' }, async (folder) => {
    assert.is(readFileSync(join(folder, 'a/b.txt'), 'utf8'), 'text')
    return folder
  })
  assert.not.ok(existsSync(seen))
})

test("a refusal is one of Ashlar's own errors, and nothing else", async () => {
  const error = new ConfigError({ where: 'here', expected: 'must be' })
  assert.is(
    await refusal(() => {
      throw error
    }),
    error.message,
  )
  for (const fn of [() => 1, () => Promise.reject(new Error('another'))]) {
    const outcome = await refusal(fn).then(
      () => 'taken',
      () => 'refused',
    )
    assert.is(outcome, 'refused')
  }
})

test.run()
