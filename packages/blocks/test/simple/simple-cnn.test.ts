import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { SimpleCnn } from '../../src/index.ts'

const test = suite('SimpleCnn')

test("has the 34,826 parameters of Keras's example of a convnet on MNIST", () => {
  const { parameters, outputShape } = new SimpleCnn(10).summary([null, 28, 28, 1])
  assert.is(parameters.total, 34_826)
  assert.equal(outputShape, [null, 10])
})

test.run()
