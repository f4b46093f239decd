import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { EngineError } from '@ashlar/errors'
import type { LoadRequest } from './load.ts'

/** What to send for one request of some images. */
export type Target = Pick<LoadRequest, 'address' | 'path' | 'headers' | 'body'>

/** Another server, running. */
export interface PeerServer {
  target(images: number): Target
  end(): Promise<void>
}

/** What a peer is started with. */
export interface PeerOptions {
  readonly python: string
  readonly model: string
  /** Of one image. */
  readonly shape: readonly number[]
  readonly threads: number
}

/** A server of others. */
export interface Peer {
  readonly name: string
  /** The Python module that it needs. */
  readonly module: string
  start(options: PeerOptions): Promise<PeerServer>
}

const folder = fileURLToPath(new URL('peers/', import.meta.url))

const sizeOf = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1)

/** All peers. */
export const peers: readonly Peer[] = [
  {
    name: 'FastAPI + onnxruntime',
    module: 'fastapi',
    async start({ python, model, shape, threads }) {
      const port = await freePort()
      const args = [join(folder, 'fastapi_server.py'), model, String(port), String(threads)]
      const address = `http://127.0.0.1:${port}`
      const child = await startServer(spawn(python, args, { stdio: 'ignore' }), `${address}/ready`)
      return {
        target: (images) => ({
          address,
          path: '/infer',
          headers: {},
          body: images * sizeOf(shape) * 4,
        }),
        end: () => stop(child),
      }
    },
  },
  {
    name: 'MLServer',
    module: 'mlserver',
    async start({ python, model, shape, threads }) {
      const [http, grpc, metrics] = [await freePort(), await freePort(), await freePort()]
      const home = await mkdtemp(join(tmpdir(), 'ashlar-bench-'))
      const settings = {
        http_port: http,
        grpc_port: grpc,
        metrics_port: metrics,
        host: '127.0.0.1',
        parallel_workers: 0,
        debug: false,
      }
      await writeFile(join(home, 'settings.json'), JSON.stringify(settings))
      const own = { name: 'model', implementation: 'mlserver_model.OnnxModel' }
      await writeFile(join(home, 'model-settings.json'), JSON.stringify(own))
      const env = {
        ...process.env,
        PYTHONPATH: folder,
        BENCH_MODEL: model,
        BENCH_THREADS: String(threads),
      }
      const address = `http://127.0.0.1:${http}`
      const started = spawn(join(dirname(python), 'mlserver'), ['start', home], {
        env,
        stdio: 'ignore',
      })
      const child = await startServer(started, `${address}/v2/models/model/ready`)
      return {
        target: (images) => ({
          address,
          path: '/v2/models/model/infer',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({
            inputs: [
              {
                name: 'image',
                datatype: 'FP32',
                shape: [images, ...shape],
                data: Array(images * sizeOf(shape)).fill(0),
              },
            ],
          }),
        }),
        async end() {
          await stop(child)
          await rm(home, { recursive: true, force: true })
        },
      }
    },
  },
]

/** Why a peer cannot be measured; `undefined` when it can. */
export function missingPeer({ module }: Peer, python: string): string | undefined {
  const { status } = spawnSync(python, ['-c', `import ${module}, onnxruntime`], { stdio: 'ignore' })
  return status === 0 ? undefined : `${python} has no ${module} with onnxruntime`
}

async function startServer(child: ChildProcess, ready: string): Promise<ChildProcess> {
  for (let turn = 0; turn < 600; turn += 1) {
    if (child.exitCode !== null) break
    const answer = await fetch(ready).catch(() => undefined)
    if (answer?.ok) return child
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  await stop(child)
  throw new EngineError({ where: ready, expected: 'the server must start' })
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const late = setTimeout(() => child.kill('SIGKILL'), 5000)
  await ended
  clearTimeout(late)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  return port
}
