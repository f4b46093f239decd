import pc from 'picocolors'
import { visible, visibleJson } from './visible.ts'

/** The streams that a command writes to; `process` has them. */
export interface Terminal {
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
}

/** The colours of picocolors. */
export type Colors = ReturnType<typeof pc.createColors>

/** Where a command's words go. */
export interface Output {
  /** Whether the answer is to be one JSON object. */
  readonly json: boolean
  /** Colours for `line`; none where there is no terminal. */
  readonly colors: Colors
  /** A line for people; nothing with `--json`. */
  line(text?: string): void
  /** A line on stderr, for people, whatever stdout is for. */
  notice(text: string): void
  /** The answer for machines; nothing without `--json`. */
  result(value: object): void
  /** For progress: stdout, or stderr where stdout is kept for JSON. */
  readonly progress: NodeJS.WriteStream
}

/** What a command writes with. */
export function createOutput(
  { json = false }: { json?: boolean | undefined },
  { stdout, stderr }: Terminal,
): Output {
  const colors = colorsOf(stdout)
  return {
    json,
    colors,
    line(text = '') {
      if (!json) stdout.write(`${visible(text, colors.isColorSupported)}\n`)
    },
    notice(text) {
      stderr.write(`${visible(text)}\n`)
    },
    result(value) {
      if (json) stdout.write(`${visibleJson(JSON.stringify(value, null, 2))}\n`)
    },
    progress: json ? stderr : stdout,
  }
}

/** Colours, if a stream is a terminal and the user wants them (NO_COLOR). */
export function colorsOf(stream: NodeJS.WriteStream): Colors {
  // A pipe has no isTTY at all, and picocolors takes undefined for leave to decide by itself.
  return pc.createColors(stream.isTTY === true && pc.isColorSupported)
}
