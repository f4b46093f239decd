import { createInterface } from 'node:readline'

/** Answers to the requests of a {@link Worker}, by method. */
export type Handlers = Readonly<Record<string, (request: never) => unknown>>

/** The other end of a {@link Worker}, for workers in Node: one request after the other, until the input ends. */
export async function serveRequests(handlers: Handlers): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line) as { method: string }
    let answer: { result: unknown } | { error: string }
    try {
      const handler = handlers[request.method]
      if (handler === undefined) throw new RangeError(`no method ${request.method}`)
      answer = { result: (await handler(request as never)) ?? null }
    } catch (error) {
      answer = { error: error instanceof Error ? (error.stack ?? error.message) : String(error) }
    }
    process.stdout.write(`${JSON.stringify(answer)}\n`)
  }
  process.exit(0)
}
