import { runChild } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const test = suite('reading runs')

test('loads nothing that computes', async () => {
  // Node tells of each module that it resolves.
  const { code, err } = await runChild(new URL('../../src/runs/index.ts', import.meta.url), {
    args: [],
    env: { NODE_DEBUG: 'esm' },
  })
  assert.is(code, 0, err.slice(-500))
  const loaded = [...err.matchAll(/file:\/\/\S+?\.(?:ts|js|mjs|cjs)\b/g)].map(([url]) => url)
  assert.ok(
    loaded.some((url) => url.endsWith('/runs/list-runs.ts')),
    'nothing is known of what is loaded',
  )
  assert.equal(
    loaded.filter((url) => /node_modules\/(@tensorflow|onnx)/.test(url)),
    [],
  )
})

test.run()
