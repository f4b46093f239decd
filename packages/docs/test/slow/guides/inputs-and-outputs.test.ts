import { suite } from 'uvu'
import { guideTest } from '../../support/follow-guide.ts'

const test = suite('guide inputs-and-outputs')

guideTest(test, 'inputs-and-outputs.md')

test.run()
