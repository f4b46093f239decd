import { type Row, rowsOf, type Series } from '../harness/row.ts'
import type { Worker } from '../harness/worker.ts'
import { builtWorker } from './built-worker.ts'
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
  const client = builtWorker('client.js')
  const bare = builtWorker('bare.js')
  const ours = builtWorker('ashlar.js')
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
    const records = {
      throughput: new Recorder('throughput'),
      latency: new Recorder('latency'),
      endurance: new Recorder('endurance'),
    }
    await warmUp(send, target, running)
    for (let round = 0; round < options.rounds; round += 1) {
      say(`round ${round + 1} of ${options.rounds}`)
      const full = await takeTurns({
        options,
        bare,
        ours,
        send,
        target,
        running,
        series: records.throughput,
      })
      await latency({ send, target, bare, address, full, series: records.latency, options })
    }
    if (options.soakSeconds > 0)
      await endurance({ send, target, ours, series: records.endurance, options })
    return {
      rows: Object.values(records).flatMap((series) => rowsOf(series.all(), OURS)),
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

/** Numbers of one kind as they come, by what they are of. */
class Recorder {
  readonly #series = new Map<string, { series: Omit<Series, 'values'>; values: number[] }>()
  readonly #work: string

  constructor(work: string) {
    this.#work = work
  }

  add(engine: string, metric: string, unit: string, batch: number, value: number): void {
    const series = { work: this.#work, engine, batch, metric, unit }
    const key = JSON.stringify(series)
    const kept = this.#series.get(key) ?? { series, values: [] }
    kept.values.push(value)
    this.#series.set(key, kept)
  }

  all(): Series[] {
    return [...this.#series.values()].map(({ series, values }) => ({ ...series, values }))
  }
}

/**
 * Images in a request, and seconds of them, before anything counts: a server's code is compiled while it runs, in Node over the first 100,000
 * requests, and again when requests come that look different. The compiler's threads take the cores from what is measured.
 */
const WARM_UP = [
  [1, 8],
  [32, 3],
  [1, 4],
  [32, 1],
] as const

async function warmUp(send: Send, target: TargetOf, running: ReadonlyMap<string, PeerServer>) {
  for (const [images, seconds] of WARM_UP) await send(target(images), { seconds })
  for (const peer of running.values()) await send(peer.target(1), { seconds: 2 })
}

/** A round of images a second of all; gives the requests of one image a second that the server answers at full load. */
async function takeTurns(parts: {
  options: ServeOptions
  bare: Worker
  ours: Worker
  send: Send
  target: TargetOf
  running: ReadonlyMap<string, PeerServer>
  series: Recorder
}): Promise<number> {
  const { options, bare, ours, send, target, running, series } = parts
  const { seconds } = options
  let full = 0
  let best = { images: 0, cpuMicroseconds: 0 }
  for (const batch of [1, 8, 32]) {
    const run = await bare.call<typeof best>('run', { batch, seconds: seconds / 3 })
    if (run.images > best.images) best = run
  }
  for (const batch of BATCHES) {
    const before = await ours.call<Usage>('statistics')
    const { perSecond, cpuMicroseconds } = await send(target(batch))
    const after = await ours.call<Usage>('statistics')
    if (batch === 1) full = perSecond
    const cpu = (engine: string, microseconds: number) =>
      series.add(engine, 'CPU time of an image', 'µs', batch, microseconds)
    series.add(BARE, 'throughput', 'images/s', batch, best.images)
    series.add(OURS, 'throughput', 'images/s', batch, perSecond * batch)
    cpu(BARE, best.cpuMicroseconds)
    const images = perSecond * batch * seconds
    cpu(OURS, (after.cpuMicroseconds - before.cpuMicroseconds) / images)
    cpu(`the client of ${OURS}`, cpuMicroseconds / batch)
    for (const [name, peer] of running) {
      const { perSecond: theirs } = await send(peer.target(batch))
      series.add(name, 'throughput', 'images/s', batch, theirs * batch)
    }
  }
  return full
}

/** What a worker with the server in it tells of its process. */
interface Usage {
  readonly rss: number
  readonly cpuMicroseconds: number
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
  const { seconds } = options
  const { ms } = await bare.call<{ ms: number }>('run', { batch: 1, seconds: seconds / 3 })
  const alone = await send(target(1), { connections: 1 })
  series.add(OURS, 'added latency, one request at a time', 'ms', 1, alone.p50 - ms)
  const partly = await send(target(1), {
    connections: 64,
    rate: full * 0.7,
    seconds: seconds + 1,
  })
  series.add(OURS, 'p50 at 70 % of full load', 'ms', 1, partly.p50)
  series.add(OURS, 'p99 at 70 % of full load', 'ms', 1, partly.p99)
  series.add(OURS, 'p99 over p50', 'times', 1, partly.p99 / partly.p50)
  series.add(OURS, 'of it the client late, p99', 'ms', 1, partly.lateP99)
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
  series: Recorder
  options: ServeOptions
}): Promise<void> {
  const { send, target, ours, series, options } = parts
  const memory = async () => (await ours.call<Usage>('statistics')).rss / 2 ** 20
  options.say(`${options.soakSeconds} s at full load`)
  await send(target(1))
  const before = await memory()
  const soak = await send(target(1), { seconds: options.soakSeconds })
  series.add(OURS, `memory gained in ${options.soakSeconds} s`, 'MiB', 1, (await memory()) - before)
  series.add(
    OURS,
    `requests answered in ${options.soakSeconds} s`,
    'requests',
    1,
    soak.statuses[200] ?? 0,
  )
  series.add(OURS, `requests failed in ${options.soakSeconds} s`, 'requests', 1, failed(soak))
  options.say('three times as much as it can')
  const full = (await send(target(1))).perSecond
  series.add(OURS, 'before overload', 'images/s', 1, full)
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
