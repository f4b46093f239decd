import { inScratch, isBuilt } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { engines, OURS } from '../../src/predict/engines.ts'
import { measurePredicting } from '../../src/predict/measure.ts'
import { prepare } from '../../src/predict/prepare.ts'

const test = suite('the built command on one picture')

if (!isBuilt) process.stdout.write('skipped: $ASHLAR_BUILT does not say that all is built\n')
const some = isBuilt ? test : test.skip

some('is timed with a file and with the run that it comes from', () =>
  inScratch({}, async (folder) => {
    const own = engines.filter(({ name }) => name.startsWith(OURS))
    const options = { python: 'python3', rounds: 1 }
    const { series } = await measurePredicting(await prepare(folder), own, options)
    assert.is(series.length, 4)
    assert.ok(series.every(({ values: [value] }) => value! > 0))
  }),
)

test.run()
