import { test } from 'node:test'
import { testPlugins } from '@ashlar/core/testing'
import { plugins } from './exporter.ts'

// The contract of every exporter: equal files of equal models, nothing half-written, the model stays as it was.
testPlugins(test, plugins, { exporter: { 'sample-plugin': {} } })
