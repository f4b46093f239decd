import { Worker } from 'node:worker_threads'

/** Starts a thread that reads. */
export function startReader(workerData: object): Worker {
  if (!import.meta.url.endsWith('.ts')) {
    return new Worker(new URL('./worker.js', import.meta.url), { workerData })
  }
  // From the sources: tsx, unlike other readers of TypeScript, reads none in threads unless it is told to there.
  const isTsx = process.execArgv.some((each) => each.includes('tsx'))
  const register = `(await import(${JSON.stringify(isTsx && import.meta.resolve('tsx/esm/api'))})).register()`
  const code = `
    ${isTsx ? register : ''}
    await import(${JSON.stringify(new URL('./worker.ts', import.meta.url).href)})
  `
  return new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`), { workerData })
}
