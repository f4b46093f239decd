import { suite } from 'uvu'
import { guideTest } from '../../support/follow-guide.ts'

const test = suite('guide fine-tuning')

guideTest(test, 'fine-tuning.md')

test.run()
