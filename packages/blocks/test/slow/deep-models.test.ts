import { testPlugins } from '@ashlar/core/testing'
import { sampled } from '@ashlar/test-support'
import { suite } from 'uvu'
import { blockPlugins } from '../../src/index.ts'
import { modelsByDepth } from '../support/by-depth.ts'

const test = suite('contract of deep models')

const { plugins, examples } = modelsByDepth(true)
testPlugins(sampled(3, test), plugins, examples, { using: blockPlugins })

test.run()
