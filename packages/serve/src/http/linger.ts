import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** How long a connection without a request may still bring one, in milliseconds. */
const QUIET_MS = 200

/** How long clients have to close what was closed towards them, in milliseconds. */
const FAREWELL_MS = 500

const LOOK_MS = 10

/**
 * Knows the connections of an HTTP server, and which of them have no request under way. A connection that is destroyed while a request is on its way to it is reset, and
 * its client learns nothing: so they are ended in good order.
 */
export class Connections {
  private readonly open: Map<Socket, number> = new Map()

  constructor(server: HttpServer) {
    server.on('connection', (socket: Socket) => {
      this.open.set(socket, 0)
      socket.once('close', () => this.open.delete(socket))
    })
    server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
      this.count(socket, 1)
      response.once('close', () => this.count(socket, -1))
    })
  }

  /**
   * Lets connections without a request bring one a little longer; then closes them towards their clients, which see the end of the connection and close it, too. Those with
   * a request close with its answer.
   */
  async endIdle(): Promise<void> {
    await this.until(() => this.idle().length === 0, QUIET_MS)
    for (const socket of this.idle()) socket.end()
    await this.until(() => this.idle().length === 0, FAREWELL_MS)
  }

  private idle(): Socket[] {
    return [...this.open].filter(([, requests]) => requests === 0).map(([socket]) => socket)
  }

  private count(socket: Socket, by: number): void {
    const requests = this.open.get(socket)
    if (requests !== undefined) this.open.set(socket, requests + by)
  }

  private async until(condition: () => boolean, ms: number): Promise<void> {
    const end = performance.now() + ms
    while (!condition() && performance.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
    }
  }
}
