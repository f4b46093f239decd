import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ashlar } from '../support/ashlar.ts'
import { start } from '../support/process.ts'
import { inScratch } from '../support/scratch.ts'

const test = suite('ashlar predict')

test('says what is wrong with what it is given', () =>
  inScratch({ 'a.txt': 'x', 'model.onnx': 'no model' }, async (folder) => {
    const cases: readonly [args: string[], RegExp][] = [
      [[join(folder, 'model.onnx'), 'a.png'], /model\.onnx: must be an ONNX model/],
      [
        [join(folder, 'none.onnx'), 'a.png'],
        /none\.onnx: must be an ONNX file, or the folder of a run that was exported\n {2}There is nothing at this path/,
      ],
      [[folder, 'a.png'], /must be a plain file|must be readable/],
    ]
    for (const [args, message] of cases) {
      const { code, err } = await ashlar('predict', ...args)
      assert.is(code, 1, err)
      assert.match(err, message)
    }
  }))

test('one picture loads no TensorFlow.js', async () => {
  await inScratch({}, async (folder) => {
    const { ended } = start(['predict', join(folder, 'none.onnx'), 'a.png'], {
      env: { NODE_DEBUG: 'esm' },
    })
    const { err } = await ended
    const loaded = [...err.matchAll(/file:\/\/\S+?\.(?:ts|js|mjs|cjs)\b/g)].map(([url]) => url)
    assert.ok(loaded.some((url) => url.endsWith('/src/work/predict.ts')))
    assert.equal(
      loaded.filter((url) => /node_modules\/(@tensorflow|onnx-proto|fastify)/.test(url)),
      [],
    )
  })
})

test.run()
