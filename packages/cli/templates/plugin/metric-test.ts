import { test } from 'node:test'
import { testPlugins } from '@ashlar/core/testing'
import { plugins } from './metric.ts'

// The contract of every metric: accumulators as declared, the same over parts as over the whole, engines agree, nothing leaks.
testPlugins(test, plugins, { metric: { 'sample-plugin': { labels: 'targets' } } })
