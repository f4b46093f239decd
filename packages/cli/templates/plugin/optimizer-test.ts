import { test } from 'node:test'
import { testPlugins } from '@ashlar/core/testing'
import { plugins } from './optimizer.ts'

// The contract of every optimizer: slots as declared, it goes downhill, engines agree, nothing leaks.
testPlugins(test, plugins, { optimizer: { 'sample-plugin': { options: { learningRate: 0.02 } } } })
