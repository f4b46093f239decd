import { copyFile, cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { parseYaml, toYaml } from '@ashlar/experiment'
import { ashlarJson } from './ashlar.ts'

/** An experiment of nothing but what comes with Ashlar, trained in a moment. */
const PLAIN = new URL('tiny/plain.yaml', import.meta.url)

/** Counts calls. */
export interface CountingServer {
  readonly url: string
  readonly calls: readonly string[]
  close(): Promise<void>
}

/** A server on this machine that everything is told to call. */
export async function countingServer(): Promise<CountingServer> {
  const calls: string[] = []
  const server: Server = createServer((request, response) => {
    calls.push(String(request.url))
    response.writeHead(404).end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

/** A module that says that it ran, by a file. */
export function markingModule(marker: string): string {
  return [
    `import { writeFileSync } from 'node:fs'`,
    `writeFileSync(${JSON.stringify(marker)}, 'ran')`,
    'export const plugins = []',
    'export const experiment = {}',
    '',
  ].join('\n')
}

/** Trains and exports the plain experiment; the path of its run. */
export async function makeRun(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true })
  const file = join(folder, 'plain.yaml')
  await copyFile(PLAIN, file)
  const { run } = await ashlarJson<{ run: string }>('run', file, '--out', join(folder, 'runs'))
  return run
}

/** A copy of a run in which its config says something else: that of somebody else, then. */
export async function strange(
  run: string,
  target: string,
  change: (config: Record<string, unknown>) => Record<string, unknown>,
): Promise<string> {
  await mkdir(dirname(target), { recursive: true })
  await cp(run, target, { recursive: true })
  const file = join(target, 'config.yaml')
  const config = parseYaml(await readFile(file, 'utf8'), file) as Record<string, unknown>
  await writeFile(file, toYaml(change(config)))
  return target
}

/** Adds an entry to the metadata of a model file; it takes the place of an earlier one. */
export async function setMetadata(file: string, key: string, value: string): Promise<void> {
  const entry = Buffer.concat([field(1, Buffer.from(key)), field(2, Buffer.from(value))])
  await writeFile(file, Buffer.concat([await readFile(file), field(14, entry)]))
}

/** A field of protobuf that holds bytes. */
function field(number: number, bytes: Uint8Array): Buffer {
  const size: number[] = []
  for (let rest = bytes.length; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) {
      size.push(rest)
      break
    }
    size.push((rest % 128) + 128)
  }
  return Buffer.from([number * 8 + 2, ...size, ...bytes])
}
