import { testPlugins } from '@ashlar/core/testing'
import { suite } from 'uvu'
import { blocks } from '../../src/index.ts'
import { modelsByDepth } from '../support/by-depth.ts'

const test = suite('contract of models')

const { plugins, examples } = modelsByDepth(false)
testPlugins(test, plugins, examples, { using: blocks })

test.run()
