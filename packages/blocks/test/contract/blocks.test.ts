import { testPlugins } from '@ashlar/core/testing'
import { suite } from 'uvu'
import { blocks } from '../../src/index.ts'
import { networkExamples } from '../../src/testing/index.ts'

const test = suite('contract of blocks')

testPlugins(
  test,
  blocks.filter(({ kind }) => kind === 'block'),
  { block: networkExamples.block },
  { using: blocks },
)

test.run()
