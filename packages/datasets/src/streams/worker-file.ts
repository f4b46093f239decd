/** The file that a thread runs: what the compiler has made of it, or its source where that is run. */
export function workerFile(): URL {
  return new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url)
}
