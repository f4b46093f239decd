import { testPlugins } from '@ashlar/core/testing'
import { suite } from 'uvu'
import { blockPlugins } from '../../src/index.ts'
import { modelsByDepth } from '../support/by-depth.ts'

const test = suite('contract of deep models')

const { plugins, examples } = modelsByDepth(true)
testPlugins(test, plugins, examples, { using: blockPlugins })

test.run()
