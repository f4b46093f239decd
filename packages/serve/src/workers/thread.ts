import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'

/**
 * Starts worker.ts, or the worker.js that it becomes, in a thread. A Node that does not read TypeScript by itself has tsx for the
 * main thread, which does not reach into others: there it is registered first.
 */
export function startThread(workerData: unknown): Worker {
  const extension = extname(import.meta.url)
  const file = new URL(`./worker${extension}`, import.meta.url)
  if (extension === '.js' || 'typescript' in process.features)
    return new Worker(file, { workerData })
  const code = `import(${JSON.stringify(import.meta.resolve('tsx/esm/api'))})
    .then(({ register }) => (register(), import(${JSON.stringify(file.href)})))`
  return new Worker(code, { workerData, eval: true })
}
