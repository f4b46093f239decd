import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { describeFailure, describeTally } from '../src/report.ts'

const test = suite('report')

test('shows a failed spec with the first lines of its messages', () => {
  const messages = ['1 is not 2\nat a\nat b\nat c\nat d']
  assert.is(
    describeFailure({ name: 'add adds', messages }),
    'FAILED add adds\n  1 is not 2\n  at a\n  at b\n  at c',
  )
})

test('shows where kernels were computed, the most frequent first', () => {
  const text = describeTally({
    'Add\tonnxruntime\t': 6,
    'FFT\tcpu\tcomplex numbers': 1,
    'Einsum\tcpu\tof no use\nlast line\n': 3,
  })
  assert.is(
    text,
    '6 of 10 kernels ran on onnxruntime, these did not:\n     3 Einsum: last line\n     1 FFT: complex numbers',
  )
})

test.run()
