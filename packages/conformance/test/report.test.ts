import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { describeFailure, describeShare, describeTally, shareOf } from '../src/report.ts'

const test = suite('report')

test('shows a failed spec with the first lines of its messages', () => {
  const messages = ['1 is not 2\nat a\nat b\nat c\nat d']
  assert.is(
    describeFailure({ name: 'add adds', messages }),
    'FAILED add adds\n  1 is not 2\n  at a\n  at b\n  at c',
  )
})

const tally = {
  'Add\tonnxruntime\t': 6,
  'FFT\tcpu\tcomplex numbers': 1,
  'Einsum\tcpu\tof no use\nlast line\n': 3,
}

test('shows what tfjs computed and why, the most frequent first', () => {
  assert.is(
    describeTally(tally),
    "tfjs's kernels in JavaScript did these:\n     3 Einsum: last line\n     1 FFT: complex numbers",
  )
})

test('shows how many kernels ran on onnxruntime', () => {
  assert.is(describeShare(tally), '6 of 10 kernels ran on onnxruntime (60.0 %)')
  assert.is(shareOf(tally), 0.6)
  assert.is(describeShare({}), '0 of 0 kernels ran on onnxruntime (0.0 %)')
})

test.run()
