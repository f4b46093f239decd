import { fileURLToPath } from 'node:url'
import { type Row, rowsOf, type Series } from '../harness/row.ts'
import { Worker } from '../harness/worker.ts'
import type { Load, LoadRequest } from './load.ts'
import { missingPeer, type PeerServer, peers, type Target } from './peers.ts'

/** What to measure. */
export interface ServeOptions {
  readonly model: string
  readonly seconds: number
  readonly rounds: number
  readonly soakSeconds: number
  readonly connections: number
  readonly threads: number
  /** Of the peers; `undefined` for none. */
  readonly python: string | undefined
  readonly say: (text: string) => void
}

/** What came of it. */
export interface Measured {
  readonly rows: readonly Row[]
  readonly missing: Record<string, string>
  readonly versions: Record<string, string>
}

const OURS = 'ashlar'
const BARE = 'bare loop'
const BATCHES = [1, 32]

/** Measures the server, the bare loop and the peers in turns, then how the server bears load. */
export async function measureServing(options: ServeOptions): Promise<Measured> {
  const { model, threads, python, say } = options
  const client = nodeWorker('client.ts')
  const bare = nodeWorker('bare.ts')
  const ours = nodeWorker('ashlar.ts')
  const running = new Map<string, PeerServer>()
  const missing: Record<string, string> = {}
  const send = (target: Target, more: Partial<LoadRequest> = {}) =>
    client.call<Load>('load', {
      ...target,
      connections: options.connections,
      seconds: options.seconds,
      ...more,
    })
  try {
    const shape = await bare.call<number[]>('start', { model, threads })
    for (const peer of python === undefined ? [] : peers) {
      const reason = missingPeer(peer, python!)
      if (reason !== undefined) missing[peer.name] = reason
      else running.set(peer.name, await peer.start({ python: python!, model, shape, threads }))
    }
    const address = await ours.call<string>('start', { model })
    const target = (images: number): Target => ({
      address,
      path: '/v2/models/model/infer',
      headers: { 'inference-header-content-length': '0' },
      body: images * shape.reduce((product, size) => product * size, 1) * 4,
    })
    const series = new Recorder()
    await warmUp(send, target, running)
    const full = await takeTurns({ options, bare, send, target, running, series })
    await latency({ send, target, bare, address, full, series, options })
    await endurance({ send, target, ours, full, series, options })
    return {
      rows: rowsOf(series.all(), OURS),
      missing,
      versions: { [OURS]: 'this commit', node: process.versions.node },
    }
  } finally {
    say('ending what was started')
    await Promise.all([
      ...[client, bare, ours].map((worker) => worker.end()),
      ...[...running.values()].map((peer) => peer.end()),
    ])
  }
}

type Send = (target: Target, more?: Partial<LoadRequest>) => Promise<Load>
type TargetOf = (images: number) => Target

/** Numbers as they come, by what they are of. */
class Recorder {
  readonly #series = new Map<string, { series: Omit<Series, 'values'>; values: number[] }>()

  add(engine: string, metric: string, unit: string, batch: number, value: number): void {
    const series = { work: 'serving', engine, batch, metric, unit }
    const key = JSON.stringify(series)
    const kept = this.#series.get(key) ?? { series, values: [] }
    kept.values.push(value)
    this.#series.set(key, kept)
  }

  all(): Series[] {
    return [...this.#series.values()].map(({ series, values }) => ({ ...series, values }))
  }
}

/** A server's code is compiled while it runs. */
async function warmUp(send: Send, target: TargetOf, running: ReadonlyMap<string, PeerServer>) {
  await send(target(1))
  for (const peer of running.values()) await send(peer.target(1), { seconds: 2 })
}

/** Images a second of all, each round; gives the requests of one image a second that the server answers at full load. */
async function takeTurns(parts: {
  options: ServeOptions
  bare: Worker
  send: Send
  target: TargetOf
  running: ReadonlyMap<string, PeerServer>
  series: Recorder
}): Promise<number> {
  const { options, bare, send, target, running, series } = parts
  let full = 0
  for (let round = 0; round < options.rounds; round += 1) {
    options.say(`round ${round + 1} of ${options.rounds}`)
    let best = 0
    for (const batch of [1, 8, 32]) {
      const request = { batch, seconds: options.seconds / 3 }
      best = Math.max(best, (await bare.call<{ images: number }>('run', request)).images)
    }
    for (const batch of BATCHES) {
      const { perSecond } = await send(target(batch))
      if (batch === 1) full = Math.max(full, perSecond)
      series.add(BARE, 'throughput', 'images/s', batch, best)
      series.add(OURS, 'throughput', 'images/s', batch, perSecond * batch)
      for (const [name, peer] of running) {
        const { perSecond: theirs } = await send(peer.target(batch))
        series.add(name, 'throughput', 'images/s', batch, theirs * batch)
      }
    }
  }
  return full
}

/** How long requests take: alone, at 70 % of full load, and health at full load. */
async function latency(parts: {
  send: Send
  target: TargetOf
  bare: Worker
  address: string
  full: number
  series: Recorder
  options: ServeOptions
}): Promise<void> {
  const { send, target, bare, address, full, series, options } = parts
  options.say('latency')
  const { seconds } = options
  const { ms } = await bare.call<{ ms: number }>('run', { batch: 1, seconds: seconds / 3 })
  const alone = await send(target(1), { connections: 1 })
  series.add(OURS, 'added latency, one request at a time', 'ms', 1, alone.p50 - ms)
  const partly = await send(target(1), { connections: 256, rate: full * 0.7 })
  series.add(OURS, 'p50 at 70 % of full load', 'ms', 1, partly.p50)
  series.add(OURS, 'p99 at 70 % of full load', 'ms', 1, partly.p99)
  const loaded = send(target(1))
  const slowest: number[] = []
  const until = performance.now() + seconds * 900
  while (performance.now() < until) {
    const began = performance.now()
    await fetch(`${address}/v2/health/live`).then((answer) => answer.arrayBuffer())
    slowest.push(performance.now() - began)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  await loaded
  series.add(OURS, 'slowest health at full load', 'ms', 1, Math.max(...slowest))
}

/** Memory over a while at full load, what overload is answered with, and how it goes on afterwards. */
async function endurance(parts: {
  send: Send
  target: TargetOf
  ours: Worker
  full: number
  series: Recorder
  options: ServeOptions
}): Promise<void> {
  const { send, target, ours, full, series, options } = parts
  const memory = async () => (await ours.call<{ rss: number }>('statistics')).rss / 2 ** 20
  if (options.soakSeconds > 0) {
    options.say(`${options.soakSeconds} s at full load`)
    await send(target(1))
    const before = await memory()
    const soak = await send(target(1), { seconds: options.soakSeconds })
    series.add(
      OURS,
      `memory gained in ${options.soakSeconds} s`,
      'MiB',
      1,
      (await memory()) - before,
    )
    series.add(OURS, `requests failed in ${options.soakSeconds} s`, 'requests', 1, failed(soak))
  }
  options.say('three times as much as it can')
  const over = await send(target(1), { connections: 2000, rate: full * 3 })
  const { 200: _ok, 503: refused = 0, ...others } = over.statuses
  series.add(OURS, '503 at 3 times full load', 'requests', 1, refused)
  const odd = Object.values(others).reduce((sum, count) => sum + count, over.errors)
  series.add(OURS, 'other answers at 3 times full load', 'requests', 1, odd)
  series.add(OURS, 'answered at 3 times full load', 'images/s', 1, over.perSecond)
  await new Promise((resolve) => setTimeout(resolve, 1000))
  const after = await send(target(1))
  series.add(OURS, 'a second after overload', 'images/s', 1, after.perSecond)
}

function failed({ statuses, errors }: Load): number {
  const { 200: _ok, ...others } = statuses
  return Object.values(others).reduce((sum, count) => sum + count, errors)
}

/** A worker that imports the built packages, as users have them. */
function nodeWorker(file: string): Worker {
  const path = fileURLToPath(new URL(`workers/${file}`, import.meta.url))
  const flags = process.execArgv.filter((flag) => !flag.startsWith('--conditions='))
  return new Worker(file, { command: process.execPath, args: [...flags, path] })
}
