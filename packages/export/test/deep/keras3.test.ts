import { sampled } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { exportOnnx } from '../../src/index.ts'
import { loadKeras3, names, readKeras3 } from '../support/keras3.ts'

const test = suite('models of Keras 3, exported')

const some = sampled(3, test)

for (const name of names) {
  some(name, async () => {
    const { report } = await exportOnnx(await loadKeras3(await readKeras3(name)))
    assert.ok(report.verification.passed)
  })
}

test.run()
