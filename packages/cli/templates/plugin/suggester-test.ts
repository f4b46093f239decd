import { test } from 'node:test'
import { testPlugins } from '@ashlar/core/testing'
import { sweepContracts } from '@ashlar/sweep/testing'
import { plugins } from './suggester.ts'

// The contract of every suggester: points within the space, the same for the same seed, whoever goes on.
testPlugins(test, plugins, { suggester: { 'sample-plugin': {} } }, { contracts: sweepContracts })
