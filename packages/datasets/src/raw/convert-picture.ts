import { fork } from 'node:child_process'
import { once } from 'node:events'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { HOLDS_TOO_MUCH, withoutSecrets } from '@ashlar/core/processes'
import { DataError, EngineError } from '@ashlar/errors'
import { errorOf } from '../streams/failure.ts'
import { nodeFlags } from '../streams/node-flags.ts'
import type { ConvertAnswer, ConvertRequest } from './convert-messages.ts'

const CHILD = fileURLToPath(new URL(`picture-process${extname(import.meta.url)}`, import.meta.url))

/** Of what a process prints, so much is kept. */
const KEPT = 2000

/** What pictures of others may take. */
export interface ConvertLimits {
  /** Of the picture, before anything is unpacked; default 64 million. */
  readonly mostPixels?: number | undefined
  /** Longer side of the PNG, in pixels; default 4096. Larger ones are made smaller. */
  readonly longest?: number | undefined
  /** MiB that the process of a picture may hold; default 512, and 16 bytes for each of `mostPixels`. */
  readonly memory?: number | undefined
  /** Until it is given up; default 15. */
  readonly seconds?: number | undefined
  /** Pictures that wait for the one under way; default 8. */
  readonly waiting?: number | undefined
}

/** Makes a PNG, upright and of 8 bits, of the bytes of a picture in any format that datasets read. */
export interface PictureConverter {
  (bytes: Uint8Array): Promise<Uint8Array>
  /** Whether one more picture would be taken now, for who has its bytes to gather first. */
  hasRoom(): boolean
}

/** In errors: whoever sends bytes has not told a name. */
const WHERE = 'the picture'

/** Seconds that a process has beyond those after which it is ended by the one that started it, should that be gone. */
const GRACE = 5

/** What a picture costs, beside its pixels, in MiB; and bytes of each pixel, on its way through decoders of 16 bits. */
const [BASE, BYTES_A_PIXEL] = [512, 16]

/**
 * Converts pictures of anybody, each in a process of its own that ends with it, one after the other.
 *
 * @throws DataError by the converter for what is no picture, has too many pixels or takes too much memory or too long; EngineError when too many wait, and when sharp is not installed or what else it needs.
 */
export function pictureConverter(limits: ConvertLimits = {}): PictureConverter {
  const { mostPixels = 64e6, longest = 4096, seconds = 15, waiting = 8 } = limits
  const { memory = BASE + (BYTES_A_PIXEL * mostPixels) / 2 ** 20 } = limits
  const fixed = { where: WHERE, mostPixels, longest }
  let before: Promise<unknown> = Promise.resolve()
  let count = 0
  const hasRoom = () => count <= waiting
  const take = async (bytes: Uint8Array): Promise<Uint8Array> => {
    if (!hasRoom()) {
      throw new EngineError({
        where: WHERE,
        expected: 'must wait until fewer pictures are being read',
        hint: 'Try again in a moment.',
      })
    }
    count++
    const own = before.then(() => convert({ ...fixed, bytes }, { memory, seconds }))
    before = own.catch(() => undefined)
    try {
      return await own
    } finally {
      count--
    }
  }
  return Object.assign(take, { hasRoom })
}

async function convert(
  request: ConvertRequest,
  { memory, seconds }: { readonly memory: number; readonly seconds: number },
): Promise<Uint8Array> {
  const guards = [process.pid, memory * 2 ** 20, seconds + GRACE]
  const child = fork(CHILD, guards.map(String), {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: withoutSecrets(),
    execArgv: nodeFlags(CHILD),
  })
  let isLate = false
  const late = setTimeout(() => {
    isLate = true
    child.kill('SIGKILL')
  }, seconds * 1000)
  let printed = ''
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    printed = (printed + text).slice(-KEPT)
  })
  const ended = once(child, 'close') as Promise<[number | null, string | null]>
  try {
    const answered = once(child, 'message') as Promise<[ConvertAnswer]>
    child.send(request, () => undefined)
    const answer = await Promise.race([
      answered.then(([given]) => given),
      ended.then(([code, signal]) => ({ ended: signal ?? code })),
    ])
    if ('png' in answer) return answer.png
    if ('ended' in answer) throw endedBy({ isLate, printed, ...answer }, { memory, seconds })
    const error = errorOf(answer.failure)
    if (!answer.isMissing) throw error
    throw new EngineError({
      where: WHERE,
      expected: 'the server must be able to read pictures of this format',
      hint: error.message,
      cause: error,
    })
  } finally {
    clearTimeout(late)
    child.kill('SIGKILL')
    await ended
  }
}

function endedBy(
  how: { readonly isLate: boolean; readonly printed: string; readonly ended: unknown },
  { memory, seconds }: { readonly memory: number; readonly seconds: number },
): DataError {
  const hint = 'Make it smaller.'
  if (how.isLate) {
    return new DataError({ where: WHERE, expected: `must be read within ${seconds} s`, hint })
  }
  if (how.printed.includes(HOLDS_TOO_MUCH.trim())) {
    const expected = `must be read in ${Math.round(memory)} MiB of memory`
    return new DataError({ where: WHERE, expected, hint })
  }
  return new DataError({
    where: WHERE,
    expected: 'must be a picture that can be read',
    given: `the process that reads it ended: ${how.ended}`,
  })
}
