import { join } from 'node:path'
import { sampled } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ashlarJson } from '../support/ashlar.ts'
import { inScratch } from '../support/scratch.ts'

const test = suite('bundled fine-tuning')

interface Answer {
  readonly run: string
  readonly test: { readonly accuracy: number }
  readonly export: {
    readonly path: string
    readonly report: { readonly verification: { readonly passed: boolean } }
  }
}

// A minute.
const some = sampled(3, test)

some('ten pictures of each digit do on a backbone of other digits what they do not do alone', () =>
  inScratch({}, async (folder) => {
    const run = (name: string, ...changes: readonly string[]) =>
      ashlarJson<Answer>('run', name, ...changes, '--out', join(folder, name))
    const backbone = await run('backbone-digits')
    assert.ok(backbone.test.accuracy > 0.98, `${backbone.test.accuracy}`)
    // Its file lies where the second experiment looks for it, seen from the folder that the user is in.
    const path = join(folder, 'backbone-digits', 'latest', 'model.onnx')
    const tuned = await run('fine-tune-digits', `model.path=${path}`)
    const alone = await run('from-scratch-digits')
    const [some, none] = [tuned.test.accuracy, alone.test.accuracy]
    assert.ok(some > 0.8, `fine-tuned ${some}`)
    assert.ok(some > none + 0.06, `fine-tuned ${some}, from scratch ${none}`)
    for (const each of [backbone, tuned, alone]) {
      assert.ok(each.export.report.verification.passed)
    }
  }),
)

test.run()
