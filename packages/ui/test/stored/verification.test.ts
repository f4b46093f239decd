import { mkdir, writeFile } from 'node:fs/promises'
import { openRun } from '@ashlar/experiment/runs'
import { inScratch } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readVerification } from '../../src/stored/verification.ts'

const test = suite('a verification that was recorded')

const read = (verification: object) =>
  inScratch({}, async (folder) => {
    await mkdir(`${folder}/run`)
    await writeFile(`${folder}/run/config.yaml`, 'model: { name: mlp }\n')
    await writeFile(`${folder}/run/verification.json`, JSON.stringify({ verification }))
    return readVerification(await openRun(`${folder}/run`))
  })

test('the largest difference of each case', async () => {
  const outputs = Array.from({ length: 200_000 }, (_, at) => ({ maxAbsolute: at / 1e6 }))
  const table = await read({ cases: [{ inputs: 'random', batch: 2, outputs }, { inputs: 'zero' }] })
  assert.equal(table?.cases, [
    { inputs: 'random', batch: '2', largest: 0.199999 },
    { inputs: 'zero', batch: '', largest: Number.NEGATIVE_INFINITY },
  ])
})

test('one that says anything else is none', async () => {
  for (const inputs of [{ toString: 1, valueOf: 1 }, 5, []]) {
    assert.is(await read({ cases: [{ inputs }] }), undefined)
  }
})

test.run()
