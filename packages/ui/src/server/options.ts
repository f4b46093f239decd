/** How runs are shown. */
export interface UiOptions {
  /** The folder that runs are in. */
  readonly folder: string
  /** Of this machine alone; 127.0.0.1 by default. */
  readonly host?: string | undefined
  /** A free one by default. */
  readonly port?: number | undefined
  /** What browsers must send; a random one by default. */
  readonly token?: string | undefined
  /** Milliseconds between two looks at runs under way, 1000 by default. */
  readonly everyMs?: number | undefined
}
