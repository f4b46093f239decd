import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'

/** Starts a thread that reads. */
export function startReader(workerData: object): Worker {
  if (!import.meta.url.endsWith('.ts')) {
    return new Worker(new URL('./worker.js', import.meta.url), { workerData })
  }
  // From the sources: what reads TypeScript in this process does not do so in its threads by itself.
  const reader = createRequire(import.meta.url).resolve('tsx/esm/api')
  const code = `
    const { register } = await import(${JSON.stringify(pathToFileURL(reader).href)})
    register()
    await import(${JSON.stringify(new URL('./worker.ts', import.meta.url).href)})
  `
  return new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`), { workerData })
}
