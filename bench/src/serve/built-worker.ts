import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { EngineError } from '@ashlar/errors'
import { Worker } from '../harness/worker.ts'

/** Where the compiler puts the workers. */
const BUILT = new URL('../../dist/serve/workers/', import.meta.url)

/**
 * A worker out of the built packages, as users have them, on a Node that does nothing else: what compiles TypeScript on the way stays in
 * memory, is gone through at each collection of garbage, and took 7 % of the server's throughput.
 *
 * @throws EngineError where nothing is built.
 */
export function builtWorker(file: string, folder: URL = BUILT): Worker {
  const path = fileURLToPath(new URL(file, folder))
  if (!existsSync(path)) {
    throw new EngineError({
      where: 'pnpm bench serve',
      expected: 'the packages must be built',
      hint: 'Build them first: node scripts/build.js',
    })
  }
  return new Worker(file, { command: process.execPath, args: [path] })
}
