import { testPlugins } from '@ashlar/core/testing'
import { oneIn, tieredSuite } from '@ashlar/test-support'
import { blockPlugins } from '../../src/index.ts'
import { modelsByDepth } from '../support/by-depth.ts'

const { test, slow } = tieredSuite('contract of models')

// Each check of some, and in the tier `slow` of all.
const some = oneIn(9, { test, slow })

const { plugins, examples } = modelsByDepth(false)
testPlugins(some, plugins, examples, { using: blockPlugins })

test.run()
