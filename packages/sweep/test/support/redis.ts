import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '@ashlar/test-support'
import { Redis } from 'ioredis'

/** Whether there is a Redis to start. */
export function hasRedis(): boolean {
  try {
    execFileSync('redis-server', ['--version'])
    return true
  } catch {
    return false
  }
}

/** A Redis of the test's own, which keeps what it was told when it is stopped. */
export class RedisServer {
  readonly url: string
  readonly #port: number
  readonly #folder: string
  readonly #bind: string
  #child: ChildProcess | undefined

  constructor(port: number, folder: string, bind: string = '127.0.0.1') {
    this.#port = port
    this.#folder = folder
    this.#bind = bind
    this.url = `redis://${bind}:${port}`
  }

  static async start(folder: string, bind?: string): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), folder, bind)
    await server.start()
    return server
  }

  async start(): Promise<void> {
    await mkdir(this.#folder, { recursive: true })
    const settings = { port: this.#port, bind: this.#bind, dir: this.#folder, appendonly: 'yes' }
    const args = Object.entries({
      ...settings,
      appendfsync: 'always',
      save: '',
      'protected-mode': 'no',
    })
    this.#child = spawn(
      'redis-server',
      args.flatMap(([key, value]) => [`--${key}`, String(value)]),
      {
        stdio: 'ignore',
      },
    )
    const client = new Redis(this.url, { maxRetriesPerRequest: null })
    client.on('error', () => undefined)
    while ((await client.ping().catch(() => '')) !== 'PONG') await sleep(50)
    client.disconnect()
  }

  async stop(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (child === undefined || child.exitCode !== null) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill(signal)
    await ended
  }
}
