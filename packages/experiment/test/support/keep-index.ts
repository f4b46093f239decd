// Not by the index of the package: what it imports takes seconds in each of many processes.
import { listRuns, refreshRecord } from '../../src/runs/list-runs.ts'
import { openRun } from '../../src/runs/run-folder.ts'
import { claimRun, releaseRun } from '../../src/runs/training-process.ts'

// As a program: whatever changes an index of runs, one after the other.
const [, , out] = process.argv
await listRuns(out!)
const run = await openRun(`${out}/1-a`)
await claimRun(run, { began: '2026-11-24T12:00:00.000Z' })
await run.writeJson('summary.json', { outcome: 'stopped', began: '2026-11-24T12:00:00.000Z' })
await refreshRecord(out!, run.name, { ended: true })
await releaseRun(run)
await listRuns(out!)
await listRuns(out!, { rebuild: true })
