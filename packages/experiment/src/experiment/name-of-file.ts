import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import { endingOf } from './read-file.ts'

/** Leaves room for the time of a run before it, and is within what servers take for a model's name. */
const LONGEST = 100

/**
 * The name of an experiment that does not say one, which becomes part of a folder's name and the name of a served model: that of its file
 * without one of the usual endings, of letters without their accents, a dash for each run of what a name cannot have.
 *
 * Where letters or digits are lost by that, six signs of a digest tell such files apart.
 *
 * @example nameOfFile('/my tests/wide #2.yaml') // 'wide-2'
 * @example nameOfFile('実験.yaml') // 'experiment-8d2062'
 */
export function nameOfFile(path: string): string {
  const file = basename(path)
  const stem = file.slice(0, file.length - (endingOf(file)?.length ?? 0))
  const given = stem.normalize('NFKD').replace(/\p{M}/gu, '')
  const name = trimmed(given.replace(/[^A-Za-z0-9._-]+/g, '-'))
  const isLost = /[^\P{L}A-Za-z]|[^\P{N}0-9]/u.test(given)
  if (name !== '' && !isLost && name.length <= LONGEST) return name
  const digest = createHash('sha256').update(given).digest('hex').slice(0, 6)
  const short = trimmed(name.slice(0, LONGEST - digest.length - 1))
  return isLost || short !== '' ? `${short || 'experiment'}-${digest}` : 'experiment'
}

/** A name begins with a letter or digit. Windows takes no dot at the end. */
function trimmed(text: string): string {
  return text.replace(/^[^A-Za-z0-9]+|[.-]+$/g, '')
}
