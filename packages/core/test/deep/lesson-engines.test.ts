import { sampled } from '@ashlar/test-support'
import { suite } from 'uvu'
import {
  type Model,
  onnxruntimeEngine,
  sparseCategoricalCrossentropy,
  tfjsEngine,
} from '../../src/index.ts'
import { compileTraining } from '../../src/training/compile.ts'
import { gradientsBy, sameWithin } from '../engines/differential.ts'
import { images } from '../support/images.ts'
import { MiniResNet, ResNet18 } from '../support/lesson.ts'

const test = suite('engines against each other on the networks of the lesson')

const cases: readonly [name: string, model: () => Model, fromLogits: boolean, batch: number][] = [
  ['MiniResNet', () => new MiniResNet(10), false, 4],
  ['ResNet-18', () => new ResNet18(10), true, 8],
]

const some = sampled(2, test)

for (const [name, make, fromLogits, batch] of cases) {
  some(`${name}: the same loss and gradients`, async () => {
    const model = make()
    model.build([null, 28, 28, 1])
    const loss = sparseCategoricalCrossentropy({ fromLogits })
    const compiled = compileTraining({ optimizer: 'sgd', loss })
    const samples = images(batch)
    const expected = await gradientsBy(tfjsEngine(), model, compiled, samples)
    const actual = await gradientsBy(onnxruntimeEngine(), model, compiled, samples)
    sameWithin(actual, expected)
    model.dispose()
  })
}

test.run()
