import { test } from 'node:test'
import { testPlugins } from '@ashlar/core/testing'
import { plugins } from './loss.ts'

// The contract of every loss: a finite number per sample, derivatives, engines agree, nothing leaks.
testPlugins(test, plugins, { loss: { 'sample-plugin': { labels: 'targets' } } })
