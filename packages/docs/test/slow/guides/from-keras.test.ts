import { suite } from 'uvu'
import { guideTest } from '../../support/follow-guide.ts'

const test = suite('guide from-keras')

guideTest(test, 'from-keras.md')

test.run()
