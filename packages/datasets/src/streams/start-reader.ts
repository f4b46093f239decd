import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'

/** Starts a thread that reads. */
export function startReader(workerData: object): Worker {
  if (!import.meta.url.endsWith('.ts')) {
    return new Worker(new URL('./worker.js', import.meta.url), { workerData })
  }
  // From the sources: tsx, unlike other readers of TypeScript, reads none in threads unless it is told to there.
  const code = `
    const worker = ${JSON.stringify(new URL('./worker.ts', import.meta.url).href)}
    try {
      await import(worker)
    } catch (error) {
      if (error.code !== 'ERR_UNKNOWN_FILE_EXTENSION') throw error
      const { register } = await import(${JSON.stringify(tsx() ?? 'tsx/esm/api')})
      register()
      await import(worker)
    }
  `
  return new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`), { workerData })
}

function tsx(): string | undefined {
  try {
    return pathToFileURL(createRequire(import.meta.url).resolve('tsx/esm/api')).href
  } catch {
    // Where it is not installed something else reads TypeScript.
    return undefined
  }
}
