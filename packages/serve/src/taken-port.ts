import { EngineError } from '@ashlar/errors'

/** What a server listens for, each at a port of its own. */
export type PortName = 'http' | 'metrics' | 'admin' | 'grpc' | 'adminGrpc'

/** A port that a server cannot listen at. */
export class TakenPortError extends EngineError {
  /** What was to be served there. */
  readonly of: PortName
  readonly port: number
  /** What it must be. */
  readonly expected: string

  constructor({ of, host, port, isTaken, cause }: Refused) {
    const expected = isTaken
      ? 'the port must be free, and something listens there already'
      : 'the port must be one that this user may take'
    super({
      where: `${host}:${port}, for ${WORDS[of]}`,
      expected,
      hint: `${isTaken ? '' : 'Those below 1024 need rights. '}Take another; 0 is a free one.`,
      cause,
    })
    this.of = of
    this.port = port
    this.expected = expected
  }
}

/** A port that was asked for, and what the system said. */
interface Refused {
  readonly of: PortName
  readonly host: string
  readonly port: number
  readonly isTaken: boolean
  readonly cause: unknown
}

const WORDS: Readonly<Record<PortName, string>> = {
  http: 'HTTP',
  metrics: 'metrics',
  admin: 'the admin routes',
  grpc: 'gRPC',
  adminGrpc: 'admin by gRPC',
}

/**
 * Listens by a function.
 *
 * @throws TakenPortError for a port that is another's, or that this user may not take.
 */
export async function listening<T>(
  of: PortName,
  { host, port }: { readonly host: string; readonly port: number },
  listen: () => Promise<T>,
): Promise<T> {
  try {
    return await listen()
  } catch (cause) {
    const code = codeOf(cause)
    if (code === undefined) throw cause
    throw new TakenPortError({ of, host, port, isTaken: code === 'EADDRINUSE', cause })
  }
}

/** gRPC's library has the system's code in the text of its error alone. */
function codeOf(error: unknown): string | undefined {
  const { code, message } = error as NodeJS.ErrnoException
  return /\bE(ADDRINUSE|ACCES)\b/.exec(typeof code === 'string' ? code : message)?.[0]
}
