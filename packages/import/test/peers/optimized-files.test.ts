import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { inScratch } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadOnnx } from '../../src/index.ts'
import type { Feed } from '../support/real-file.ts'
import { hasNetworks, outcomeOf, python } from '../support/real-networks.ts'

const test = suite("files that onnxruntime's optimizer rewrote")

const tokens = (below: number): Feed => ({ shape: [3, 6], below })

/** What they are fed, and operators that must be in them. */
const FILES: Readonly<
  Record<string, { readonly feeds: Readonly<Record<string, Feed>>; readonly has: string[] }>
> = {
  bert: {
    feeds: {
      input_ids: tokens(20),
      attention_mask: {
        shape: [3, 6],
        values: [1, 1, 1, 1, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0],
      },
      token_type_ids: tokens(2),
    },
    has: ['Attention', 'BiasGelu', 'SkipLayerNormalization'],
  },
  gpt: { feeds: { input_ids: tokens(20) }, has: ['FastGelu', 'SkipLayerNormalization'] },
  vision: {
    feeds: { images: { shape: [2, 3, 8, 12] } },
    has: ['Attention', 'FastGelu', 'SkipLayerNormalization'],
  },
}

if (hasNetworks('onnxruntime.transformers.optimizer')) {
  test('of transformers give what they should, after export again, and all of their matrices train', () =>
    inScratch({}, async (folder) => {
      const script = fileURLToPath(new URL('write-optimized.py', import.meta.url))
      const { stdout } = await promisify(execFile)(python, [script, folder])
      const found = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { name: string; file: string; operators: string[] })
      assert.equal(
        found.map(({ name }) => name),
        Object.keys(FILES),
      )
      for (const { name, file, operators } of found) {
        const { feeds, has } = FILES[name]!
        for (const each of has) assert.ok(operators.includes(`com.microsoft.${each}`), each)
        const { problem } = await outcomeOf(`optimized ${name}`, file, feeds)
        assert.is(problem, undefined)
        const model = await loadOnnx(file)
        const matrices = model
          .namedWeights()
          .filter(({ shape, trainable }) => trainable && shape.length === 2)
        // Of two blocks: what makes queries, keys and values, and three matrices behind.
        assert.ok(matrices.length >= 8, `${name} has ${matrices.length}`)
        model.dispose()
      }
    }))
} else test.skip(`${python} has no optimizer of onnxruntime: run scripts/peers/setup`)

test.run()
