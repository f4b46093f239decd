// Processes for what comes from strangers: `@ashlar/core/processes`, which loads nothing that computes.
export { withoutSecrets } from './environment.ts'
export { HOLDS_TOO_MUCH, type WatchLimits, watchThisProcess } from './watch.ts'
