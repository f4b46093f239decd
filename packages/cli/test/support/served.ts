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
    const server = start(['serve', run, '--port', '0'])
    try {
      const [, url] = await server.seen(/serving +(http:\S+)/)
      await body(url!, folder)
    } finally {
      server.child.kill('SIGTERM')
      await server.ended
    }
  })
}
