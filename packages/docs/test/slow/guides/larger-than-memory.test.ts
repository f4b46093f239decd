import { suite } from 'uvu'
import { guideTest } from '../../support/follow-guide.ts'

const test = suite('guide larger-than-memory')

guideTest(test, 'larger-than-memory.md')

test.run()
