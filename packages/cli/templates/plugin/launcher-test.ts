import { test } from 'node:test'
import { testPlugins } from '@ashlar/core/testing'
import { sweepContracts } from '@ashlar/sweep/testing'
import { plugins } from './launcher.ts'

// The contract of every launcher: it ends each task once, and gives back what it cannot do any more.
testPlugins(test, plugins, { launcher: { 'sample-plugin': {} } }, { contracts: sweepContracts })
