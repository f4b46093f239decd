import { suite } from 'uvu'
import { guideTest } from '../../support/follow-guide.ts'

const test = suite('guide convert')

guideTest(test, 'convert.md')

test.run()
