/** What one client may ask of the server. */
export interface Limits {
  /** Bytes of a body, also after it was decompressed; default 64 MiB. */
  readonly bodyBytes: number
  /** Pieces that a body may come in; default 65,536. */
  readonly bodyChunks: number
  /** Bytes of all bodies that are under way together; default 512 MiB. */
  readonly pendingBytes: number
  /** Lists and objects within each other in JSON; default 100. */
  readonly jsonDepth: number
  /** Bytes of all headers of a request; default 16 KiB. */
  readonly headerBytes: number
  /** Until all headers have come, in milliseconds; default 15 s. */
  readonly headersTimeoutMs: number
  /** Until the whole request has come, in milliseconds; default 60 s. */
  readonly requestTimeoutMs: number
  /** Connections at the same time; default 4096. */
  readonly connections: number
}

/** The limits where nothing else is said. */
export const defaultLimits: Limits = {
  bodyBytes: 64 * 2 ** 20,
  bodyChunks: 65_536,
  pendingBytes: 512 * 2 ** 20,
  jsonDepth: 100,
  headerBytes: 16 * 2 ** 10,
  headersTimeoutMs: 15_000,
  requestTimeoutMs: 60_000,
  connections: 4096,
}
