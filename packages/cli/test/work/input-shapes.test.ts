import { ConfigError } from '@ashlar/errors'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readInputShapes } from '../../src/work/input-shapes.ts'

const test = suite('shapes on the command line')

const shapeOf = (text: string) => readInputShapes([text]).x!.shape

test('sizes are fixed, free, or known by a name, a multiple and bounds', () => {
  assert.equal(shapeOf('x=1,?,28,3'), [1, null, 28, 3])
  assert.equal(shapeOf('x='), [])
  assert.equal(shapeOf('x=?32,?*8'), [{ multipleOf: 32 }, { multipleOf: 8 }])
  assert.equal(shapeOf('x=?16..512,?2..,?..50'), [{ min: 16, max: 512 }, { min: 2 }, { max: 50 }])
  assert.equal(shapeOf('x=1,time,3'), [1, { name: 'time' }, 3])
  assert.equal(shapeOf('x=time*8@16..512'), [{ name: 'time', multipleOf: 8, min: 16, max: 512 }])
  assert.equal(shapeOf('x=?32@..1024'), [{ multipleOf: 32, max: 1024 }])
})

test('types stand behind them', () => {
  assert.equal(readInputShapes(['ids=1,time:int32', 'x=3']), {
    ids: { shape: [1, { name: 'time' }], dtype: 'int32' },
    x: { shape: [3], dtype: 'float32' },
  })
})

test('what cannot be read is refused', () => {
  for (const text of ['x', 'x=0', 'x=1,-2', 'x=1:int8', 'x=?32x', '=1', 'x=1;2', 'x=3..4']) {
    assert.throws(
      () => readInputShapes([text]),
      (error: Error) =>
        error instanceof ConfigError &&
        error.message.includes(
          '--input: must be a name and its sizes, such as image=1,?,?,3 or size=2:int32',
        ) &&
        error.message.includes(text),
    )
  }
})

test.run()
