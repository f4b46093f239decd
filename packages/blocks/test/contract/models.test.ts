import { testPlugins } from '@ashlar/core/testing'
import { suite } from 'uvu'
import { blocks } from '../../src/index.ts'
import { networkExamples } from '../../src/testing/index.ts'

const test = suite('contract of models')

testPlugins(
  test,
  blocks.filter(({ kind }) => kind === 'model'),
  { model: networkExamples.model },
  { using: blocks },
)

test.run()
