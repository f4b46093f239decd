import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { dimensionNames } from '../../src/file/dimensions.ts'

const test = suite('dimension names')

test('images have a batch, a height and a width', () => {
  const sizes = [{ samples: [2, 3] }, { samples: [64, 96] }, { samples: [72, 120] }]
  const inputs = { x: { shape: [null, null, null, 3] } }
  const last = dimensionNames(inputs, 'nhwc', new Map([['x', [...sizes, 3]]]))
  assert.equal([last([2, 3]), last([64, 96]), last([72, 120])], ['batch', 'height', 'width'])
  const turned = { x: { shape: [null, 3, null, null] } }
  const captured = [sizes[0]!, 3, sizes[1]!, sizes[2]!]
  const first = dimensionNames(turned, 'nchw', new Map([['x', captured]]))
  assert.equal([first([2, 3]), first([64, 96]), first([72, 120])], ['batch', 'height', 'width'])
})

test('what follows from them has a number, the same for the same size', () => {
  const name = dimensionNames(
    { x: { shape: [null] } },
    'nhwc',
    new Map([['x', [{ samples: [2, 3] }]]]),
  )
  assert.equal([name([4, 6]), name([5, 7]), name([4, 6])], ['size1', 'size2', 'size1'])
})

test('sequences have a length, and other axes a number', () => {
  const captured = [{ samples: [2, 3] }, { samples: [8, 9] }, 4]
  const name = dimensionNames({ x: { shape: [null, null, 4] } }, 'nhwc', new Map([['x', captured]]))
  assert.is(name([8, 9]), 'length')
})

test.run()
