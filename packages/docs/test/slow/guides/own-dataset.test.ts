import { suite } from 'uvu'
import { guideTest } from '../../support/follow-guide.ts'

const test = suite('guide own-dataset')

guideTest(test, 'own-dataset.md')

test.run()
