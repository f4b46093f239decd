import { test } from 'node:test'
import { testPlugins } from '@ashlar/core/testing'
import { plugins } from './augmentation.ts'

// The contract of every augmentation: shapes stay, it repeats with its draws, samples do not look at one another, engines agree.
testPlugins(test, plugins, { augmentation: { 'sample-plugin': {} } })
