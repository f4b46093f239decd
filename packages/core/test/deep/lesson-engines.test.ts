import seedrandom from 'seedrandom'
import { suite } from 'uvu'
import {
  type Model,
  onnxruntimeEngine,
  type Samples,
  sparseCategoricalCrossentropy,
  tfjsEngine,
} from '../../src/index.ts'
import { compileTraining } from '../../src/training/compile.ts'
import { gradientsBy, sameWithin } from '../engines/differential.ts'
import { MiniResNet, ResNet18 } from '../support/lesson.ts'

const test = suite('engines against each other on the networks of the lesson')

/** Byte images of the size of MNIST. */
function images(length: number): Samples {
  const random = seedrandom.alea('images')
  return {
    inputs: Uint8Array.from({ length: length * 784 }, () => random() * 256),
    labels: Uint8Array.from({ length }, (_, i) => i % 10),
    length,
    info: { inputShape: [28, 28, 1], labelShape: [], inputDtype: 'uint8', inputRange: [0, 255] },
  }
}

const cases: readonly [name: string, model: () => Model, fromLogits: boolean, batch: number][] = [
  ['MiniResNet', () => new MiniResNet(10), false, 4],
  ['ResNet-18', () => new ResNet18(10), true, 8],
]

for (const [name, make, fromLogits, batch] of cases) {
  test(`${name}: the same loss and gradients`, async () => {
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
