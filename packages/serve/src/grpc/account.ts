import { constants, type ServerHttp2Stream } from 'node:http2'
import type { Budget } from '../http/budget.ts'
import type { Limits } from '../http/limits.ts'
import { failures, RequestError } from '../protocol/errors.ts'
import {
  Metadata,
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
} from './library.ts'

/** A stream is not read on while its unanswered requests have so many bytes: then its client waits, as TCP has it. */
const STREAM_BYTES = 8 * 2 ** 20

/** The same for so many requests: enough for others to be joined with. */
const STREAM_REQUESTS = 32

/** How many bytes each message came with, uncompressed. */
const sizes: WeakMap<object, number> = new WeakMap()

/** The accounts of calls, by their metadata, which is what handlers have of them. */
const accounts: WeakMap<Metadata, Account> = new WeakMap()

/** Notes the size of a message that was read. */
export function noteSize<Message extends object>(message: Message, bytes: Uint8Array): Message {
  sizes.set(message, bytes.length)
  return message
}

/** The account of a call. */
export function accountOf(metadata: Metadata): Account | undefined {
  return accounts.get(metadata)
}

/** What the requests of a call take of the server's memory, until they are answered. */
export class Account {
  private readonly budget: Budget
  /** Bytes that count. */
  private held = 0
  /** Bytes of them that are no whole message yet. */
  private partial = 0
  /** Since when there is no whole message, of `performance.now()`; infinite where nothing is being received. */
  private since: number
  private messages = 0
  private answers = 0
  private waiting: (() => void) | undefined

  constructor(budget: Budget, now: number) {
    this.budget = budget
    this.since = now
  }

  /** Takes bytes that came; says why not, when there is no room for them. */
  receive(bytes: number): RequestError | undefined {
    const refusal = this.budget.reserve(bytes)
    if (refusal !== undefined) return refusal
    this.held += bytes
    this.partial += bytes
    if (this.since === Infinity) this.since = performance.now()
    return undefined
  }

  /** Takes a whole message, which may be larger than what it was compressed to. */
  take(message: object): RequestError | undefined {
    const size = sizes.get(message) ?? 0
    const refusal = size > this.partial ? this.receive(size - this.partial) : undefined
    if (refusal !== undefined) return refusal
    this.partial = Math.max(0, this.partial - size)
    // What frames a message is a few bytes; they count until the call ends.
    this.since = Infinity
    this.messages += 1
    return undefined
  }

  /** A message was answered, and its answer sent. */
  done(message: object): void {
    const size = Math.min(sizes.get(message) ?? 0, this.held)
    this.held -= size
    this.budget.release(size)
    this.messages -= 1
    this.answers += 1
    const { waiting } = this
    if (waiting === undefined || !this.hasRoom) return
    this.waiting = undefined
    waiting()
  }

  /** Calls back as soon as another message may be read. */
  whenRoom(callback: () => void): void {
    if (this.hasRoom) callback()
    else this.waiting = callback
  }

  /** Messages that were answered. */
  get doneCount(): number {
    return this.answers
  }

  /** Whether a message is being received for so long, in milliseconds. */
  isReceivingFor(ms: number): boolean {
    return performance.now() - this.since > ms
  }

  /** Gives everything back. */
  close(): void {
    this.budget.release(this.held)
    this.held = 0
    this.waiting = undefined
  }

  private get hasRoom(): boolean {
    return this.held < STREAM_BYTES && this.messages < STREAM_REQUESTS
  }
}

/**
 * Counts what calls receive against the budget of all bodies, from their first byte on, holds back streams whose answers are not taken, and ends calls whose clients send a
 * message, or take an answer, too slowly.
 *
 * @param limits the time of a message or an answer, and how large headers may be, which grpc-js asks of answers alone.
 */
export function countCalls(
  budget: Budget,
  { requestTimeoutMs: timeoutMs, headerBytes }: Pick<Limits, 'requestTimeoutMs' | 'headerBytes'>,
): ServerInterceptor {
  return (method, call) => {
    // There is no other way to see bytes before they are a message.
    const { stream } = call as unknown as { readonly stream: ServerHttp2Stream }
    const account = new Account(budget, method.requestStream ? Infinity : performance.now())
    const refuse = (error: RequestError) => {
      const code = failures[error.kind].grpc
      call.sendStatus({ code, details: error.message, metadata: new Metadata() })
      // What else comes is of no interest.
      setImmediate(() => stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM))
    }
    stream.on('data', (chunk: Buffer) => {
      const refusal = account.receive(chunk.length)
      if (refusal !== undefined) refuse(refusal)
    })
    let before = { unsent: 0, answers: 0 }
    const watch = setInterval(() => {
      const now = { unsent: stream.writableLength, answers: account.doneCount }
      const isStuck =
        now.unsent > 0 && now.unsent === before.unsent && now.answers === before.answers
      before = now
      if (isStuck || account.isReceivingFor(timeoutMs)) stream.close(constants.NGHTTP2_CANCEL)
    }, timeoutMs)
    watch.unref()
    stream.once('close', () => {
      clearInterval(watch)
      account.close()
    })
    return new CountedCall(call, account, refuse, headerBytes)
  }
}

/** Of names and values. */
function sizeOfHeaders(metadata: Metadata): number {
  let size = 0
  for (const [name, values] of Object.entries(metadata.toHttp2Headers())) {
    for (const value of [values ?? []].flat()) size += name.length + String(value).length
  }
  return size
}

/** A call that is read when its account has room. */
class CountedCall extends ServerInterceptingCall {
  private readonly account: Account

  constructor(
    call: ServerInterceptingCallInterface,
    account: Account,
    refuse: (error: RequestError) => void,
    headerBytes: number,
  ) {
    super(call, {
      start: (next) =>
        next({
          onReceiveMetadata: (metadata, pass) => {
            accounts.set(metadata, account)
            const size = sizeOfHeaders(metadata)
            if (size <= headerBytes) pass(metadata)
            else {
              refuse(
                new RequestError('TOO_LARGE', {
                  where: 'metadata',
                  expected: `must have at most ${headerBytes} bytes`,
                  given: size,
                }),
              )
            }
          },
          onReceiveMessage: (message: object, pass) => {
            const refusal = account.take(message)
            if (refusal === undefined) pass(message)
            else refuse(refusal)
          },
        }),
    })
    this.account = account
  }

  override startRead(): void {
    this.account.whenRoom(() => super.startRead())
  }
}
