import { suite } from 'uvu'
import { tfjsEngine } from '../../src/index.ts'
import { engineContract } from './contract.ts'

const test = suite('engine tfjs')

for (const [name, check] of Object.entries(engineContract)) {
  test(name, () => check(() => tfjsEngine()))
}

test.run()
