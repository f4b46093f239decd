import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Output } from '../../src/terminal/output.ts'
import { takeWaysOut } from '../../src/work/ways-out.ts'
import { inScratch } from '../support/scratch.ts'

const test = suite('ways out of a run folder')

const numbers = { name: 'output', dtype: 'float32', shape: ['batch', 2] }
const label = { name: 'label', dtype: 'string', shape: ['batch'] }
const input = { name: 'input', dtype: 'float32', shape: ['batch', 4] }

test('Triton is told the names of classes wherever one output has a number for each, in words beside it or not', () =>
  inScratch({}, async (folder) => {
    const path = join(folder, 'model.onnx')
    writeFileSync(path, 'a file')
    const cases: readonly (readonly [readonly (typeof numbers)[], boolean])[] = [
      [[numbers], true],
      [[numbers, label], true],
      [[label, numbers], true],
      [[numbers, { ...numbers, name: 'other' }], false],
      [[{ ...numbers, shape: ['batch', 3] }, label], false],
    ]
    for (const [at, [outputs, isNamed]] of cases.entries()) {
      const report = { format: 'onnx', file: { path, inputs: [input], outputs } }
      const exported = {
        experiment: { name: 'pets' },
        parts: { dataset: { info: { classes: ['cat', 'dog'] } } },
        report,
      } as unknown as Parameters<typeof takeWaysOut>[1]
      const triton = join(folder, `models-${at}`)
      await takeWaysOut({ triton }, exported, { line: () => undefined } as unknown as Output)
      const config = readFileSync(join(triton, 'pets/config.pbtxt'), 'utf8')
      assert.is(config.split('label_filename: "labels.txt"').length, isNamed ? 2 : 1, String(at))
      const names = join(triton, 'pets/labels.txt')
      assert.is(existsSync(names), isNamed)
      if (isNamed) assert.is(readFileSync(names, 'utf8').trim(), 'cat\ndog')
    }
  }))

test.run()
