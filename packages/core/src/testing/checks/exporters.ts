import { strict as assert } from 'node:assert'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AshlarError } from '@ashlar/errors'
import type { Check } from '../bench.ts'
import { madeClasses } from '../made-samples.ts'
import { makeProbe, numbersOf, probeShape } from '../probe-model.ts'
import { withoutLeaks } from '../without-leaks.ts'

/** What every exporter must keep. */
export const exporterChecks: readonly Check<'exporter'>[] = [
  {
    name: 'writes the same file for the same model, leaves it as it was, and no tensors',
    async run({ create, folder }) {
      const model = makeProbe()
      const before = numbersOf(model)
      const details = { metadata: { 'ashlar.seed': '1' }, samples: madeClasses(8, probeShape, 3) }
      const files = ['first', 'second'].map((name) => join(folder, name))
      for (const file of files) {
        const report = await withoutLeaks(() => model.export(file, create(), details))
        assert.doesNotThrow(() => JSON.stringify(report), 'the report must be data')
      }
      assert.deepEqual((await readdir(folder)).sort(), ['first', 'second'])
      const [first, second] = await Promise.all(files.map((file) => readFile(file)))
      assert.ok(first!.length > 0)
      assert.ok(first!.equals(second!), 'two exports of one model must be equal')
      assert.deepEqual(numbersOf(model), before)
      model.dispose()
    },
  },
  {
    name: 'says where it cannot write',
    async run({ create, folder }) {
      const model = makeProbe()
      await assert.rejects(
        model.export(join(folder, 'missing', 'model'), create()),
        (error) => error instanceof AshlarError && error.message.includes('missing'),
      )
      assert.deepEqual(await readdir(folder), [])
      model.dispose()
    },
  },
]
