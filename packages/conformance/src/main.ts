// Runs tfjs-core's own test suite on the backend `onnxruntime`. The last line is `N passed, N failed`.
//
//   pnpm conformance                     all of it
//   pnpm conformance --shard 1/4         the first of four parts
//   pnpm conformance --grep "conv2d"     specs with this in their name
//   pnpm conformance --sessions-for-all  a session for each piece, however small: tests the op table

import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { bundleSuite } from './bundle.ts'
import type { Report, Settings } from './messages.ts'
import { runShard } from './run-suite.ts'

const { values } = parseArgs({
  options: {
    backend: { type: 'string', default: 'onnxruntime' },
    'sessions-for-all': { type: 'boolean', default: false },
    shard: { type: 'string', default: '1/1' },
    jobs: { type: 'string', default: '2' },
    grep: { type: 'string' },
    json: { type: 'string' },
  },
})
const [index, of] = values.shard.split('/').map(Number) as [number, number]
const jobs = Number(values.jobs)
const suite = await bundleSuite()
const settings = (job: number): Settings => ({
  suite,
  backend: values.backend as 'cpu',
  smallWork: values['sessions-for-all'] ? 'onnxruntime' : 'cpu',
  shard: { index: index - 1 + of * job, of: of * jobs },
  grep: values.grep,
  excluded: [],
})
const start = performance.now()
const reports: Report[] = await Promise.all(
  Array.from({ length: jobs }, (_, job) => runShard(settings(job), 1_800_000)),
)
const specs = reports.flatMap((report) => report.specs)
const failed = specs.filter(({ status }) => status === 'failed')
if (values.json) writeFileSync(values.json, JSON.stringify(reports, null, 1))
for (const { name, failures } of failed)
  console.log(`FAILED ${name}\n  ${failures[0]?.split('\n')[0]}`)
console.log(`${((performance.now() - start) / 1000).toFixed(1)} s`)
console.log(`${specs.length - failed.length} passed, ${failed.length} failed`)
