import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { checkRequest } from '../../src/core/check-request.ts'
import type { Described } from '../../src/models/describe.ts'
import { datatypes } from '../../src/protocol/datatypes.ts'
import { RequestError } from '../../src/protocol/errors.ts'

const test = suite('what a request asks for')

/** A model that makes 64 MiB of each sample. */
const described = (shape: readonly number[], maxBatch = 4) =>
  ({
    metadata: {
      name: 'wide',
      inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 1] }],
      outputs: [{ name: 'y', datatype: 'FP32', shape }],
    },
    config: { max_batch_size: maxBatch },
  }) as unknown as Described

const check = (samples: number, model: Described) =>
  checkRequest(
    {
      inputs: [
        {
          name: 'x',
          datatype: datatypes.get('FP32')!,
          shape: [samples, 1],
          data: new Float32Array(samples),
        },
      ],
    } as never,
    model,
  )

test('fits into an answer, also where it is run in parts', () => {
  assert.is(check(16, described([-1, 2 ** 24])).samples, 16)
  try {
    check(17, described([-1, 2 ** 24]))
    assert.unreachable()
  } catch (error) {
    assert.instance(error, RequestError)
    assert.is(
      (error as Error).message,
      'model "wide": a request must not ask for outputs of more than 1073741824 bytes, got "1140850688 bytes for 17 samples"',
    )
  }
})

test('is not known before where a size varies, or nothing is a batch', () => {
  assert.is(check(17, described([-1, -1, 2 ** 24])).samples, 17)
  assert.is(check(17, described([-1, 2 ** 24], 0)).samples, 1)
})

test.run()
