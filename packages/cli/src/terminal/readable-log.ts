import { visibleCell } from './visible.ts'

const LEVELS: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
}

/** What every line has, and nobody needs to read. */
const LEFT_OUT = new Set(['level', 'time', 'pid', 'hostname', 'name', 'msg', 'err'])

/** Takes a log's lines of JSON, and writes them for people. */
export function readableLog(stream: Pick<NodeJS.WriteStream, 'write'>): {
  write(line: string): void
} {
  return { write: (line) => void stream.write(`${readableLine(line)}\n`) }
}

/** `12:03:04 warn   a worker ended and is replaced  model=digits version=1`; what is no JSON stays as it is. */
export function readableLine(line: string): string {
  let entry: Readonly<Record<string, unknown>>
  try {
    entry = JSON.parse(line) as Record<string, unknown>
  } catch {
    return visibleCell(line.trimEnd())
  }
  const { level, time, msg, err } = entry
  const clock = new Date(typeof time === 'number' ? time : Date.now()).toTimeString().slice(0, 8)
  const details = Object.entries(entry)
    .filter(([key]) => !LEFT_OUT.has(key))
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
  const reason = (err as { message?: unknown } | undefined)?.message
  const parts = [
    `${clock} ${(LEVELS[Number(level)] ?? 'info').padEnd(5)}`,
    String(msg ?? ''),
    ...(details.length > 0 ? [details.join(' ')] : []),
    ...(reason === undefined ? [] : [String(reason)]),
  ]
  return visibleCell(parts.join('  '))
}
