import { testPlugins } from '@ashlar/core/testing'
import { suite } from 'uvu'
import { blockPlugins } from '../../src/index.ts'
import { networkExamples } from '../../src/testing/index.ts'

const test = suite('contract of blocks')

testPlugins(
  test,
  blockPlugins.filter(({ kind }) => kind === 'block'),
  { block: networkExamples.block },
  { using: blockPlugins },
)

test.run()
