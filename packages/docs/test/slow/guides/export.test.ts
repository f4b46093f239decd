import { suite } from 'uvu'
import { guideTest } from '../../support/follow-guide.ts'

const test = suite('guide export')

guideTest(test, 'export.md')

test.run()
