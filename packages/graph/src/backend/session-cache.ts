import type { Target } from '../lower/target.ts'
import { writeOnnx } from '../onnx/write.ts'
import { optimize } from '../passes/optimize.ts'
import { createNativeSession, type NativeSession } from '../session/native-session.ts'
import { graphOf, type Piece } from './structure.ts'
import { costInJavaScript, costOfSession } from './work.ts'

/** What is known of a structure of kernels. */
interface Entry {
  session?: NativeSession
  /** Why onnxruntime cannot run it. */
  refusal?: string
}

/** How a piece is to be run. */
export type Plan =
  | { readonly session: NativeSession }
  | { readonly javaScript: 'small' }
  | { readonly refusal: string }

export interface SessionCacheOptions {
  readonly target: Target
  /** Most sessions that are kept; the one that was not used for the longest time goes. */
  readonly sessions: number
  /** Where pieces run that are not worth a session. */
  readonly smallWork: 'cpu' | 'onnxruntime'
  readonly threads?: number | undefined
}

/** Below this a second thread costs more than it gives, and a session without threads of its own starts and ends quicker. */
const ONE_THREAD = 200_000

/** Structures that are remembered for each session kept: most are small and have no session. */
const ENTRIES_PER_SESSION = 16

/** Sessions by structure. */
export class SessionCache {
  readonly #options: SessionCacheOptions
  /** The longest unused first. */
  readonly #entries = new Map<string, Entry>()
  #sessions = 0

  constructor(options: SessionCacheOptions) {
    this.#options = options
  }

  /** Number of sessions now. */
  get sessions(): number {
    return this.#sessions
  }

  /** How to run a piece this time; starts a session when it is worth it. */
  plan(key: string, piece: Piece, canRunInJavaScript: boolean): Plan {
    const entry = this.#entries.get(key) ?? {}
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    if (entry.session === undefined && entry.refusal === undefined) {
      if (canRunInJavaScript && !this.#isWorthSession(piece)) return { javaScript: 'small' }
      this.#start(entry, piece)
    }
    this.#shrink()
    return entry.session === undefined ? { refusal: entry.refusal! } : { session: entry.session }
  }

  clear(): void {
    for (const { session } of this.#entries.values()) session?.release()
    this.#entries.clear()
    this.#sessions = 0
  }

  /** The same each time that the piece comes: what a call gives must not depend on how often it was made. */
  #isWorthSession(piece: Piece): boolean {
    return (
      this.#options.smallWork === 'onnxruntime' || costInJavaScript(piece) > costOfSession(piece)
    )
  }

  #start(entry: Entry, piece: Piece): void {
    try {
      entry.session = compile(piece, this.#options)
      this.#sessions++
    } catch (error) {
      // The caller computes it with tfjs's kernels, and its profile shows this reason.
      entry.refusal = error instanceof Error ? error.message : String(error)
    }
  }

  #shrink(): void {
    const { sessions } = this.#options
    for (const [key, entry] of this.#entries) {
      const isFull = this.#entries.size > sessions * ENTRIES_PER_SESSION
      if (this.#sessions <= sessions && !isFull) return
      if (entry.session === undefined && !isFull) continue
      this.#entries.delete(key)
      if (entry.session === undefined) continue
      entry.session.release()
      this.#sessions--
    }
  }
}

function compile(piece: Piece, { target, threads }: SessionCacheOptions): NativeSession {
  const graph = optimize(graphOf(piece), target)
  const model = writeOnnx(graph, { opset: target.opset, name: 'piece' })
  const isSmall = costInJavaScript(piece) < ONE_THREAD
  return createNativeSession(model, { threads: isSmall ? 1 : threads })
}
