import { suite } from 'uvu'
import { guideTest } from '../../support/follow-guide.ts'

const test = suite('guide sweeps')

guideTest(test, 'sweeps.md')

test.run()
