import { connect, type Socket } from 'node:net'

/** Requests to send. */
export interface LoadRequest {
  /** `http://127.0.0.1:8000` */
  readonly address: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** The body: so many zeros, or a text. */
  readonly body: number | string
  readonly connections: number
  /** With a rate more than one. */
  readonly seconds: number
  /** Requests a second, sent when they are due; left out to send the next when the last was answered. */
  readonly rate?: number | undefined
}

/** What came back. */
export interface Load {
  readonly seconds: number
  /** Answers by status. */
  readonly statuses: Readonly<Record<string, number>>
  /** Connections that broke. */
  readonly errors: number
  /** Answers with status 200 a second. */
  readonly perSecond: number
  /** Of answers with status 200, in milliseconds; with a rate, from the time that the request was due, without those of the first second. */
  readonly p50: number
  readonly p99: number
  readonly max: number
  /** With a rate: how much later than due the client itself sent what a connection was free for, in milliseconds. Part of the latencies. */
  readonly lateP99: number
  /** What the client itself took, in microseconds of CPU time for each answer. */
  readonly cpuMicroseconds: number
}

/** Where all connections read to: they read one after another, and memory of its own for each answer would have to be collected. */
const RECEIVED = Buffer.alloc(2 ** 16)

/** With a rate, how long it lasts before latencies count: the start of a load is another matter than the load. */
const SETTLE_MS = 1000

const HEAD_END = Buffer.from('\r\n\r\n')

/**
 * Sends the same request over and over, on connections that stay open. Made for measuring a server on the same cores: it does
 * as little as it can for each request, and with a rate it counts what waited, too.
 */
export async function load(request: LoadRequest): Promise<Load> {
  const { address, path, headers, body, connections, seconds, rate } = request
  const { hostname, port, host } = new URL(address)
  const payload = typeof body === 'number' ? Buffer.alloc(body) : Buffer.from(body)
  const lines = Object.entries({ ...headers, 'content-length': String(payload.length) })
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  const message = Buffer.concat([
    Buffer.from(`POST ${path} HTTP/1.1\r\nhost: ${host}\r\n${head}\r\n`),
    payload,
  ])
  const statuses: Record<string, number> = {}
  const latencies: number[] = []
  const late: number[] = []
  const due: number[] = []
  const idle: Client[] = []
  let errors = 0
  let going = false
  let ready = 0
  let settled = 0

  const answered = (client: Client, status: number) => {
    ready += 1
    if (!going) return
    const now = performance.now()
    statuses[status] = (statuses[status] ?? 0) + 1
    if (status === 200 && client.since >= settled) latencies.push(now - client.since)
    if (rate === undefined) client.send(message, now)
    else if (due.length > 0) client.send(message, due.shift()!)
    else idle.push(client)
  }
  const broke = () => {
    ready += 1
    if (going) errors += 1
  }
  const clients = await Promise.all(
    Array.from({ length: connections }, () => Client.open(hostname, Number(port), answered, broke)),
  )
  // A connection costs the server more than a request: its first one is not counted, so that what is measured is requests.
  for (const client of clients) client.send(message, 0)
  while (ready < clients.length) await new Promise((resolve) => setTimeout(resolve, 1))
  going = true
  const cpu = process.cpuUsage()
  const began = performance.now()
  settled = rate === undefined ? began : began + SETTLE_MS
  let ticker: NodeJS.Timeout | undefined
  if (rate === undefined) {
    for (const client of clients) client.send(message, began)
  } else {
    idle.push(...clients)
    let sent = 0
    ticker = setInterval(() => {
      const now = performance.now()
      for (; sent < ((now - began) / 1000) * rate; sent += 1) {
        const time = began + (sent / rate) * 1000
        const client = idle.pop()
        if (client === undefined) due.push(time)
        else {
          if (time >= settled) late.push(now - time)
          client.send(message, time)
        }
      }
    }, 1)
  }
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
  going = false
  clearInterval(ticker)
  const ended = performance.now()
  const { user, system } = process.cpuUsage(cpu)
  const answers = Object.values(statuses).reduce((sum, count) => sum + count, 0)
  for (const client of clients) client.close()
  const sorted = Float64Array.from(latencies).sort()
  return {
    seconds: (ended - began) / 1000,
    statuses,
    errors,
    perSecond: (statuses[200] ?? 0) / ((ended - began) / 1000),
    p50: at(sorted, 0.5),
    p99: at(sorted, 0.99),
    max: at(sorted, 1),
    lateP99: at(Float64Array.from(late).sort(), 0.99),
    cpuMicroseconds: (user + system) / answers,
  }
}

/** The value below which that share of sorted values lies; 0 for none. */
function at(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

/** A connection that has one request under way at most. */
class Client {
  since = 0
  readonly #socket: Socket
  readonly #answered: (client: Client, status: number) => void
  #pieces: Buffer[] = []
  #status = 0
  #left = -1

  private constructor(socket: Socket, answered: (client: Client, status: number) => void) {
    this.#socket = socket
    this.#answered = answered
  }

  static open(
    host: string,
    port: number,
    answered: (client: Client, status: number) => void,
    broke: () => void,
  ): Promise<Client> {
    return new Promise((resolve, reject) => {
      const onread = {
        buffer: RECEIVED,
        callback: (size: number) => {
          client.#take(RECEIVED.subarray(0, size))
          return true
        },
      }
      const socket = connect({ host, port, noDelay: true, onread })
      const client = new Client(socket, answered)
      socket.once('connect', () => resolve(client))
      socket.once('error', reject)
      socket.on('close', broke)
    })
  }

  send(message: Buffer, since: number): void {
    this.since = since
    this.#socket.write(message)
  }

  close(): void {
    this.#socket.destroy()
  }

  #take(data: Buffer): void {
    let rest = data
    if (this.#left < 0) {
      const whole = this.#pieces.length === 0 ? data : Buffer.concat([...this.#pieces, data])
      const end = whole.indexOf(HEAD_END)
      if (end < 0) {
        this.#pieces = [Buffer.from(whole)]
        return
      }
      this.#pieces = []
      const head = whole.toString('latin1', 0, end)
      this.#status = Number(head.slice(9, 12))
      this.#left = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0)
      rest = whole.subarray(end + HEAD_END.length)
    }
    this.#left -= rest.length
    if (this.#left > 0) return
    this.#left = -1
    this.#answered(this, this.#status)
  }
}
