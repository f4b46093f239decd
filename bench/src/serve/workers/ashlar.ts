// The server, as users install it: the built packages.
import { createServer, type Server } from '@ashlar/serve'
import { pino } from 'pino'
import { serveRequests } from '../../harness/serve-requests.ts'

let server: Server

await serveRequests({
  async start({ model }: { model: string }) {
    const log = pino({ level: 'warn' }, pino.destination(2))
    server = await createServer({ target: model, name: 'model', port: 0, log })
    return (await server.listen()).http
  },
  statistics: () => {
    const [found] = server.core.statistics('model')
    const { user, system } = process.cpuUsage()
    return {
      runs: found!.statistics.executionCount,
      rss: process.memoryUsage.rss(),
      cpuMicroseconds: user + system,
    }
  },
})
