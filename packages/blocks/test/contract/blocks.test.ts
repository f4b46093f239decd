import { testPlugins } from '@ashlar/core/testing'
import { oneIn, tieredSuite } from '@ashlar/test-support'
import { blockPlugins } from '../../src/index.ts'
import { networkExamples } from '../../src/testing/index.ts'

const { test, slow } = tieredSuite('contract of blocks')

// Each check of some, and in the tier `slow` of all.
const some = oneIn(9, { test, slow })

testPlugins(
  some,
  blockPlugins.filter(({ kind }) => kind === 'block'),
  { block: networkExamples.block },
  { using: blockPlugins },
)

test.run()
