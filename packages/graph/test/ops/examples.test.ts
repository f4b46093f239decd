import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import { listKernels } from '../../src/ops/registry.ts'
import { registerOps } from '../../src/ops/table.ts'
import { checkExample } from '../support/kernel-example.ts'

registerOps()
await tf.setBackend('cpu')

const test = suite('op table: ONNX equals the tfjs CPU backend')

for (const declaration of listKernels()) {
  if (typeof declaration.lower !== 'function') continue
  for (const [index, example] of declaration.examples.entries()) {
    test(`${declaration.kernel} ${example.name ?? index}`, () => checkExample(declaration, example))
  }
}

test.run()
