import { tieredSuite } from '@ashlar/test-support'
import * as assert from 'uvu/assert'
import { fromSource, start } from './support/process.ts'

const { test, slow } = tieredSuite('starting the command line')

/** Packages that take long to load, each by what its path has. */
const HEAVY = /node_modules\/(@tensorflow|onnx|zod|yaml|fastify|sharp|tsyringe|cli-progress)/

/** Files that a command loads until it ends. */
async function loadedBy(args: readonly string[]): Promise<string[]> {
  // Node tells of each module that it resolves.
  const { ended } = start(fromSource(args), { file: 'node', env: { NODE_DEBUG: 'esm' } })
  const { err } = await ended
  const loaded = [...err.matchAll(/file:\/\/\S+?\.(?:ts|js|mjs|cjs)\b/g)].map(([url]) => url)
  assert.ok(
    loaded.some((url) => url.endsWith('/src/program.ts')),
    'nothing is known of what is loaded',
  )
  return loaded
}

test('the help loads nothing that computes', async () => {
  const loaded = await loadedBy(['--help'])
  assert.equal(
    loaded.filter((url) => HEAVY.test(url)),
    [],
  )
  const own = loaded.flatMap((url) => /\/packages\/([a-z0-9]+)\/src\//.exec(url)?.[1] ?? [])
  assert.equal([...new Set(own)].sort(), ['cli', 'errors'])
})

/** What draws and serves pages, by what its path has. */
const PAGES =
  /node_modules\/(?:\.pnpm\/[^/]+\/node_modules\/)?(?:@observablehq|linkedom|@dagrejs|preact|@fastify|fastify|glob)\/|\/packages\/(?:page|report|ui)\//

for (const [declare, what, args, own] of [
  [slow, 'a list of plugins', ['plugins', '--kind', 'suggester'], '/sweep/src/index.ts'],
  [
    test,
    'an export',
    ['export', 'no-such-run', '--training-step', 'step'],
    '/work/training-step.ts',
  ],
] as const) {
  declare(`${what} loads nothing that draws or serves pages`, async () => {
    const loaded = await loadedBy(args)
    assert.ok(
      loaded.some((url) => url.endsWith(own)),
      'the command was not loaded',
    )
    assert.equal(
      loaded.filter((url) => PAGES.test(url)),
      [],
    )
  })
}

slow('text from a file is generated without TensorFlow.js', async () => {
  const loaded = await loadedBy(['generate', 'no-such.onnx', 'a'])
  assert.ok(
    loaded.some((url) => url.endsWith('/work/generate.ts')),
    'the command was not loaded',
  )
  assert.equal(
    loaded.filter((url) => /node_modules\/\S*@tensorflow\//.test(url)),
    [],
  )
})

test.run()
