import { test } from 'node:test'
import { testPlugins } from '@ashlar/core/testing'
import { plugins } from './engine.ts'

// The contract of every engine: programs, state, errors and memory are those of any other.
testPlugins(test, plugins, { engine: { 'sample-plugin': {} } })
