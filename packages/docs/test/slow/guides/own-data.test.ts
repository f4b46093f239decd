import { suite } from 'uvu'
import { guideTest } from '../../support/follow-guide.ts'

const test = suite('guide own-data')

guideTest(test, 'own-data.md')

test.run()
