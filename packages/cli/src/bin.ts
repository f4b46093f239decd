#!/usr/bin/env node
import nodeModule from 'node:module'

// From Node 22.1 on: what was compiled once is kept for the next process, a fifth of the time that a command takes to start.
const { enableCompileCache } = nodeModule as { enableCompileCache?: () => unknown }
enableCompileCache?.()

// Only now, so that it is compiled with that.
const { runProcess } = await import('./run-process.ts')
await runProcess('ashlar')
