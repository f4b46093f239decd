/** One thing that an install says while it works. */
export interface Progress {
  /** What it is doing; `download` and `unpack` come many times, with bytes. */
  readonly step:
    | 'check'
    | 'wait'
    | 'package'
    | 'download'
    | 'unpack'
    | 'compile'
    | 'verify'
    | 'publish'
    | 'failed'
  /** A sentence part for people: "Downloading the TensorFlow wheel". */
  readonly message: string
  /** Bytes done. */
  readonly bytes?: number
  /** Bytes in all, where that is known. */
  readonly total?: number
}

/** Receives progress; called often, so it should be quick. */
export type OnProgress = (event: Progress) => void

/** Bytes as people read them: `850 MB` (millions of bytes). */
export function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`
}
