import { test } from 'node:test'
import { testPlugins } from '@ashlar/core/testing'
import { sweepContracts } from '@ashlar/sweep/testing'
import { plugins } from './scheduler.ts'

// The contract of every scheduler: it comes to an end, and the best trial has all its epochs.
testPlugins(test, plugins, { scheduler: { 'sample-plugin': {} } }, { contracts: sweepContracts })
