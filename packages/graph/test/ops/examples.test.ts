import { oneIn, tieredSuite } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
import { listKernels } from '../../src/ops/registry.ts'
import { registerOps } from '../../src/ops/table.ts'
import { cpuTarget } from '../../src/run/cpu-target.ts'
import { repairTfjs } from '../../src/tfjs/repair.ts'
import { checkExample } from '../support/kernel-example.ts'

registerOps()
repairTfjs()
await tf.setBackend('cpu')

const cpu = await cpuTarget()
const { test, slow } = tieredSuite('op table: ONNX equals the tfjs CPU backend')

// What has no forms of its own differs by its layout at most.
const some = oneIn(12, { test, slow })
// The first example of each kernel is always tried.
const others = oneIn(3, { test, slow })
for (const declaration of listKernels()) {
  if (typeof declaration.lower !== 'function') continue
  for (const [index, example] of declaration.examples.entries()) {
    const name = `${declaration.kernel} ${example.name ?? index}`
    const base = index === 0 ? test : others
    base(name, () => checkExample(declaration, example))
    const declare = declaration.forms === undefined ? some : base
    declare(`${name} in forms for the CPU`, () => checkExample(declaration, example, cpu))
    for (const { name: form } of declaration.forms ?? []) {
      base(`${name} as ${form}, where it fits`, () =>
        checkExample(declaration, example, cpu, ({ forms }) =>
          forms.includes(form) ? form : undefined,
        ),
      )
    }
  }
}

test.run()
