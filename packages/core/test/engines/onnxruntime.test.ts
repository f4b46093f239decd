import { suite } from 'uvu'
import { onnxruntimeEngine } from '../../src/index.ts'
import { engineContract } from './contract.ts'

const test = suite('engine onnxruntime')

for (const [name, check] of Object.entries(engineContract)) {
  test(name, () => check(() => onnxruntimeEngine()))
}

test.run()
