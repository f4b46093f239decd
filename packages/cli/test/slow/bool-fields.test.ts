import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ashlar, ashlarJson } from '../support/ashlar.ts'
import { inScratch } from '../support/scratch.ts'
import { served } from '../support/served.ts'

const test = suite('a field of yes and no')

const MARKED = fileURLToPath(new URL('../support/tiny/marked.yaml', import.meta.url))

interface Run {
  readonly run: string
  readonly test: Readonly<Record<string, number>>
  readonly export: {
    readonly report: {
      readonly verification: { readonly passed: boolean }
      readonly file: {
        readonly inputs: readonly { readonly name: string; readonly dtype: string }[]
      }
    }
  }
}

interface Predicted {
  readonly predictions: readonly {
    readonly outputs: { readonly sum: { readonly data: readonly [number] } }
  }[]
}

test('is trained on either engine, exported as bool, verified, predicted from and served', () =>
  inScratch({}, async (folder) => {
    const ends: number[] = []
    for (const engine of ['tfjs', 'onnxruntime']) {
      const {
        run,
        test: tested,
        export: exported,
      } = await ashlarJson<Run>(
        ...['run', MARKED, `engine=${engine}`, '--out', join(folder, engine)],
      )
      assert.ok(tested.sum_r2! > 0.98, `${engine} ${tested.sum_r2}`)
      ends.push(tested.sum_r2!)
      const { verification, file } = exported.report
      assert.ok(verification.passed)
      assert.equal(
        file.inputs.map(({ name, dtype }) => `${name} ${dtype}`),
        ['numbers float32', 'counts bool'],
      )
      const both = await ashlarJson<{ agreement: { largestDifference: number } }>(
        ...['evaluate', run, '--on', 'both'],
      )
      assert.ok(both.agreement.largestDifference < 1e-4)
      const lines = join(folder, 'lines.jsonl')
      const rows = [
        { numbers: [0.1, 0.2, 0.3, 0.4], counts: [true, false, true, false] },
        { numbers: [0.1, 0.2, 0.3, 0.4], counts: [1, 0, 1, 0] },
        { numbers: [0.1, 0.2, 0.3, 0.4], counts: [false, true, false, true] },
      ]
      await writeFile(lines, rows.map((row) => JSON.stringify(row)).join('\n'))
      const { predictions } = await ashlarJson<Predicted>('predict', run, lines)
      const [first, second, third] = predictions.map(({ outputs }) => outputs.sum.data[0])
      assert.is(first, second)
      assert.ok(Math.abs(first! - 0.4) < 0.1, `${first}`)
      assert.ok(Math.abs(third! - 0.6) < 0.1, `${third}`)
      if (engine === 'onnxruntime') {
        await served(run, async (url) => {
          const asked = await ashlarJson<Predicted>('client', lines, '--url', url)
          assert.ok(Math.abs(asked.predictions[0]!.outputs.sum.data[0] - first!) < 1e-4)
        })
      }
      await writeFile(
        lines,
        JSON.stringify({ numbers: [0.1, 0.2, 0.3, 0.4], counts: [2, 0, 1, 0] }),
      )
      assert.match(
        (await ashlar('predict', run, lines)).err,
        /line 1, counts, value 0: must be true or false, got 2/,
      )
      const report = await ashlar('report', run)
      assert.is(report.code, 0, report.err)
    }
    assert.ok(Math.abs(ends[0]! - ends[1]!) < 1e-3, String(ends))
  }))

test.run()
