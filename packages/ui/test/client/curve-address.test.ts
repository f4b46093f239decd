import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readCurveView, writeCurveView } from '../../src/client/curve-address.ts'
import { PLAIN } from '../../src/components/curve-view.ts'

const test = suite('how curves are looked at, in an address')

test('what is plain is left out, and what is not comes back', () => {
  const query = new URLSearchParams('run=a')
  writeCurveView(PLAIN, query)
  assert.is(query.toString(), 'run=a')
  const view = {
    smoothing: 0.6,
    logX: true,
    logY: true,
    withoutOutliers: true,
    axis: 'time',
  } as const
  writeCurveView(view, query)
  assert.equal(readCurveView(query), view)
  writeCurveView(PLAIN, query)
  assert.is(query.toString(), 'run=a')
})

test('an address may say anything', () => {
  const read = (text: string) => readCurveView(new URLSearchParams(text))
  assert.equal(read('smoothing=much&over=constructor'), PLAIN)
  assert.is(read('smoothing=7').smoothing, 0.99)
  assert.is(read('smoothing=-1').smoothing, 0)
})

test.run()
