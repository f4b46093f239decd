// The server, as users install it: the built packages.
import { readFileSync } from 'node:fs'
import { createServer, type Server } from '@ashlar/serve'
import { pino } from 'pino'
import { serveRequests } from '../../harness/serve-requests.ts'

let server: Server

/** What Linux counts time of processes in, in microseconds. */
const TICK = 10_000

const PAGE = 4096

/** What a process has taken so far; the sessions of the server are processes. Linux tells; elsewhere they are not counted. */
function usageOf(pid: number): { rss: number; cpuMicroseconds: number } {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // Behind the name, which may hold anything: user time is the 12th field, system time the 13th, resident pages the 22nd.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    const [user, system, pages] = [fields[11], fields[12], fields[21]].map(Number)
    return { rss: pages! * PAGE, cpuMicroseconds: (user! + system!) * TICK }
  } catch {
    return { rss: 0, cpuMicroseconds: 0 }
  }
}

await serveRequests({
  async start({ model }: { model: string }) {
    const log = pino({ level: 'warn' }, pino.destination(2))
    server = await createServer({ target: model, name: 'model', port: 0, log })
    return (await server.listen()).http
  },
  statistics: () => {
    const [found] = server.core.statistics('model')
    const { user, system } = process.cpuUsage()
    const sessions = server.core.manager.pids.map(usageOf)
    const sum = (of: 'rss' | 'cpuMicroseconds') =>
      sessions.reduce((total, usage) => total + usage[of], 0)
    return {
      runs: found!.statistics.executionCount,
      rss: process.memoryUsage.rss() + sum('rss'),
      cpuMicroseconds: user + system + sum('cpuMicroseconds'),
    }
  },
})
