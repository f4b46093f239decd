import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { start } from './support/process.ts'

const test = suite('starting the command line')

/** Packages that take long to load, each by what its path has. */
const HEAVY = /node_modules\/(@tensorflow|onnx|zod|yaml|fastify|sharp|tsyringe|cli-progress)/

test('the help loads nothing that computes', async () => {
  // Node tells of each module that it resolves.
  const { ended } = start(['--help'], { env: { NODE_DEBUG: 'esm' } })
  const { code, err } = await ended
  assert.is(code, 0)
  const loaded = [...err.matchAll(/file:\/\/\S+?\.(?:ts|js|mjs|cjs)\b/g)].map(([url]) => url)
  assert.ok(
    loaded.some((url) => url.endsWith('/src/program.ts')),
    'nothing is known of what is loaded',
  )
  assert.equal(
    loaded.filter((url) => HEAVY.test(url)),
    [],
  )
  const own = loaded.flatMap((url) => /\/packages\/([a-z0-9]+)\/src\//.exec(url)?.[1] ?? [])
  assert.equal([...new Set(own)].sort(), ['cli', 'errors'])
})

test.run()
