import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Runs an action while an HTTP server on this computer answers; gives it the server's address with a final slash. */
export async function withServer<T>(
  answer: RequestListener,
  action: (address: string) => Promise<T>,
): Promise<T> {
  const server = createServer(answer)
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  try {
    return await action(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  } finally {
    server.closeAllConnections()
    await new Promise((closed) => server.close(closed))
  }
}
