// What a process of trials runs: @ashlar/sweep starts it.
import { serveTrials } from '@ashlar/sweep'
import { builtInPlugins } from './registry.ts'

await serveTrials(builtInPlugins())
