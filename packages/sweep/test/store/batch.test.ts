import { mkdir, readdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  BATCHES,
  dropAnswer,
  readAnswer,
  readBatch,
  taskAt,
  writeAnswer,
  writeBatch,
} from '../../src/store/batch.ts'
import { failedTask } from '../../src/trials/task.ts'
import { inScratch } from '../support/sweep.ts'
import { plainTask } from '../support/task.ts'

const test = suite('batches of trials')

const ONE = plainTask('1')
const TWO = plainTask('2')

test('are called by the digest of what is in them, and are read back', () =>
  inScratch(async (folder) => {
    const batch = await writeBatch(folder, [ONE, TWO])
    assert.match(batch.digest, /^[0-9a-f]{64}$/)
    assert.equal(await readBatch(folder, batch.digest), batch)
    assert.equal(taskAt(batch, 1), TWO)
    // The same tasks once more are another batch: what came of the first is not what comes of the second.
    assert.is.not((await writeBatch(folder, [ONE, TWO])).digest, batch.digest)
  }))

test('are refused when they are not what their name says', () =>
  inScratch(async (folder) => {
    const { digest } = await writeBatch(folder, [ONE])
    const path = join(folder, BATCHES, `${digest}.json`)
    const other = await writeBatch(folder, [TWO])
    await rename(join(folder, BATCHES, `${other.digest}.json`), path)
    const error = await readBatch(folder, digest).catch((each: Error) => each)
    assert.match((error as Error).message, /must be what its name says, a digest/)
    const gone = await readBatch(folder, other.digest).catch((each: Error) => each)
    assert.match((gone as Error).message, /must be a batch of trials/)
    for (const name of ['', '../../sweep', 'AB'.repeat(32), `${digest}/../x`]) {
      const refused = await readBatch(folder, name).catch((each: Error) => each)
      assert.match((refused as Error).message, /must be the digest that a batch is called by/)
    }
  }))

test('say which indices there are', () =>
  inScratch(async (folder) => {
    const batch = await writeBatch(folder, [ONE, TWO])
    for (const index of [-1, 2, 0.5, Number.NaN]) {
      assert.throws(() => taskAt(batch, index), /must be from 0 to 1, as the batch has 2 trials/)
    }
  }))

test('have an answer for each task; one to something else, or cut off, is none', () =>
  inScratch(async (folder) => {
    const batch = await writeBatch(folder, [ONE, TWO])
    assert.is(await readAnswer(folder, batch, 0), undefined)
    const result = failedTask(ONE, { message: 'no', kind: 'crash' })
    await writeAnswer(folder, batch, 0, result)
    assert.equal(await readAnswer(folder, batch, 0), result)
    assert.is(await readAnswer(folder, batch, 1), undefined)
    await writeAnswer(folder, batch, 1, result)
    assert.is(await readAnswer(folder, batch, 1), undefined)
    await writeAnswer(folder, batch, 1, { ...failedTask(TWO, result.error!), until: 99 })
    assert.is(await readAnswer(folder, batch, 1), undefined)
    const path = join(folder, BATCHES, batch.digest, '0.json')
    await writeFile(path, JSON.stringify(result).slice(0, -5))
    assert.is(await readAnswer(folder, batch, 0), undefined)
    await dropAnswer(folder, batch, 0)
    assert.not.ok((await readdir(join(folder, BATCHES, batch.digest))).includes('0.json'))
    await dropAnswer(folder, batch, 0)
    await mkdir(path)
    assert.is(await readAnswer(folder, batch, 0), undefined)
  }))

test.run()
