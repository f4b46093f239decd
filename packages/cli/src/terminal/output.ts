/** Where a command's words go. */
export interface Output {
  /** Whether the answer is to be one JSON object. */
  readonly json: boolean
  /** A line for people; nothing with `--json`. */
  line(text?: string): void
  /** The answer for machines; nothing without `--json`. */
  result(value: object): void
  /** For progress: stdout, or stderr where stdout is kept for JSON. */
  readonly progress: NodeJS.WriteStream
}

/** The process's own streams. */
export function createOutput({ json = false }: { json?: boolean | undefined }): Output {
  return {
    json,
    line(text = '') {
      if (!json) process.stdout.write(`${text}\n`)
    },
    result(value) {
      if (json) process.stdout.write(`${JSON.stringify(value, null, 2)}\n`)
    },
    progress: json ? process.stderr : process.stdout,
  }
}
