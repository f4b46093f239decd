import { ashlarJson } from './ashlar.ts'
import { start } from './process.ts'
import { inScratch } from './scratch.ts'

/** A server for a run that is trained first, and a folder. */
export async function withServer(
  experiment: readonly string[],
  body: (url: string, folder: string) => Promise<void>,
): Promise<void> {
  await inScratch({}, async (folder) => {
    const { run } = await ashlarJson<{ run: string }>('run', ...experiment, '--out', folder)
    await served(run, (url) => body(url, folder))
  })
}

/** A server for a run or file, which ends with the body. */
export async function served(model: string, body: (url: string) => Promise<void>): Promise<void> {
  const server = start(['serve', model, '--port', '0'])
  try {
    const [, url] = await server.seen(/serving +(http:\S+)/)
    await body(url!)
  } finally {
    server.child.kill('SIGTERM')
    await server.ended
  }
}
