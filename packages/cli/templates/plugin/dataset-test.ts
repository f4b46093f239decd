import { test } from 'node:test'
import { testPlugins } from '@ashlar/core/testing'
import { plugins } from './dataset.ts'

// The contract of every dataset: it holds what it says, its digest follows the data, limits and validation work.
testPlugins(test, plugins, { dataset: { 'sample-plugin': {} } })
