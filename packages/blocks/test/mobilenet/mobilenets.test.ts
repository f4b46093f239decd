import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { MobileNet, MobileNetV2 } from '../../src/index.ts'

const test = suite('MobileNets')

for (const [name, Network, total, trainable] of [
  ['MobileNet', MobileNet, 4_253_864, 4_231_976],
  ['MobileNetV2', MobileNetV2, 3_538_984, 3_504_872],
] as const) {
  test(`${name}(1000) has the parameters of Keras`, () => {
    const model = new Network(1000)
    model.build([null, 64, 64, 3])
    const { parameters } = model.summary()
    assert.equal([parameters.total, parameters.trainable], [total, trainable])
    model.dispose()
  })
}

test.run()
