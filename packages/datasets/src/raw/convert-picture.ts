import { fork } from 'node:child_process'
import { once } from 'node:events'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DataError, EngineError } from '@ashlar/errors'
import { errorOf } from '../streams/failure.ts'
import { nodeFlags } from '../streams/node-flags.ts'
import type { ConvertAnswer, ConvertRequest } from './convert-messages.ts'

const CHILD = fileURLToPath(new URL(`picture-process${extname(import.meta.url)}`, import.meta.url))

/** What pictures of others may take. */
export interface ConvertLimits {
  /** Of the picture, before anything is unpacked; default 64 million. */
  readonly mostPixels?: number | undefined
  /** Longer side of the PNG, in pixels; default 4096. Larger ones are made smaller. */
  readonly longest?: number | undefined
  /** Until it is given up; default 15. */
  readonly seconds?: number | undefined
  /** Pictures that wait for the one under way; default 8. */
  readonly waiting?: number | undefined
}

/** Makes a PNG, upright and of 8 bits, of the bytes of a picture in any format that datasets read. */
export type PictureConverter = (bytes: Uint8Array) => Promise<Uint8Array>

/** In errors: whoever sends bytes has not told a name. */
const WHERE = 'the picture'

/**
 * Converts pictures of anybody, each in a process of its own that ends with it, one after the other.
 *
 * @throws DataError by the converter for what is no picture, has too many pixels or takes too long, and when sharp is not installed; EngineError when too many wait.
 */
export function pictureConverter(limits: ConvertLimits = {}): PictureConverter {
  const { mostPixels = 64e6, longest = 4096, seconds = 15, waiting = 8 } = limits
  let before: Promise<unknown> = Promise.resolve()
  let count = 0
  return async (bytes) => {
    if (count > waiting) {
      throw new EngineError({
        where: WHERE,
        expected: 'must wait until fewer pictures are being read',
        hint: 'Try again in a moment.',
      })
    }
    count++
    const own = before.then(() => convert({ bytes, where: WHERE, mostPixels, longest }, seconds))
    before = own.catch(() => undefined)
    try {
      return await own
    } finally {
      count--
    }
  }
}

async function convert(request: ConvertRequest, seconds: number): Promise<Uint8Array> {
  const child = fork(CHILD, {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    execArgv: nodeFlags(CHILD),
  })
  let isLate = false
  const late = setTimeout(() => {
    isLate = true
    child.kill('SIGKILL')
  }, seconds * 1000)
  const ended = once(child, 'exit') as Promise<[number | null, string | null]>
  try {
    const answered = once(child, 'message') as Promise<[ConvertAnswer]>
    child.send(request, () => undefined)
    const answer = await Promise.race([
      answered.then(([given]) => given),
      ended.then(([code, signal]) => ({ ended: signal ?? code })),
    ])
    if ('png' in answer) return answer.png
    if ('failure' in answer) throw errorOf(answer.failure)
    throw new DataError({
      where: WHERE,
      expected: isLate ? `must be read within ${seconds} s` : 'must be a picture that can be read',
      ...(!isLate && { given: `the process that reads it ended: ${answer.ended}` }),
    })
  } finally {
    clearTimeout(late)
    child.kill('SIGKILL')
    await ended
  }
}
