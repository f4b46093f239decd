import { readFileSync, writeSync } from 'node:fs'
import { deserialize, serialize } from 'node:v8'
import { failureOf } from './failure.ts'
import { runScan, type ScanRequest } from './scans/index.ts'
import { onPlainMemory } from './shared.ts'

const STDIN = 0
const STDOUT = 1

const request = deserialize(readFileSync(STDIN)) as ScanRequest
const answer = await runScan(request).then(
  (found) => ({ found: onPlainMemory(found) }),
  (error: unknown) => ({ error: failureOf(error) }),
)
const bytes = serialize(answer)
for (let done = 0; done < bytes.length; ) {
  try {
    done += writeSync(STDOUT, bytes, done)
  } catch (error) {
    // The pipe is full for the moment.
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
  }
}
