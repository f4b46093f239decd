import { lstatSync, realpathSync } from 'node:fs'
import { dirname, join, sep } from 'node:path'
import type { ExternalTensor } from './tensor.ts'

/** External data that is not where or what it should be. */
export class ExternalError extends Error {}

/** The keys that ONNX knows. */
const KEYS: ReadonlySet<string> = new Set(['location', 'offset', 'length', 'checksum'])

/**
 * Checks the files that a model takes numbers from: each lies in the model's folder or below, as a plain file of its own (a symbolic or a second
 * hard link may lead anywhere), and holds what the model takes from it.
 *
 * @returns how many bytes those files are together.
 * @throws ExternalError
 */
export function checkExternal(path: string, tensors: readonly ExternalTensor[]): number {
  const sizes = new Map<string, number>()
  const folder = realpathSync(dirname(path))
  for (const { name, entries, bytes } of tensors) {
    const problem = (text: string) => new ExternalError(`the data of tensor ${name} ${text}`)
    const odd = Object.keys(entries).find((key) => !KEYS.has(key))
    if (odd !== undefined) throw problem(`has an entry ${JSON.stringify(odd)} that is not known`)
    const { location = '' } = entries
    if (!isInside(location)) {
      throw problem(`must lie beside the model, not at ${JSON.stringify(location.slice(0, 120))}`)
    }
    let size = sizes.get(location)
    if (size === undefined) {
      size = plainFile(folder, location, problem)
      sizes.set(location, size)
    }
    const offset = whole(entries.offset ?? '0')
    const length = entries.length === undefined ? bytes : whole(entries.length)
    if (offset === undefined || length === undefined) {
      throw problem('must have an offset and a length of whole numbers')
    }
    if (length !== bytes) throw problem(`has ${length} bytes, its shape wants ${bytes}`)
    if (offset + length > BigInt(size)) {
      throw problem(`ends at byte ${offset + length} of ${location}, which has ${size}`)
    }
  }
  return [...sizes.values()].reduce((sum, size) => sum + size, 0)
}

/** A relative path that leads nowhere else on any system. */
function isInside(location: string): boolean {
  const parts = location.split('/')
  return (
    location !== '' &&
    !/[\\\0:]/.test(location) &&
    parts.every((part) => part !== '' && part !== '.' && part !== '..')
  )
}

function plainFile(folder: string, location: string, problem: (text: string) => Error): number {
  const file = join(folder, location)
  const found = lstatSync(file, { throwIfNoEntry: false })
  if (found === undefined) throw problem(`is missing: there is no ${location}`)
  if (!found.isFile()) throw problem(`must be in a plain file, ${location} is none`)
  if (found.nlink > 1) {
    throw problem(`must be in a file of its own, ${location} is a hard link as well`)
  }
  const real = realpathSync(file)
  if (real !== folder + sep + location.split('/').join(sep)) {
    throw problem(`must lie beside the model, ${location} leads elsewhere`)
  }
  return found.size
}

function whole(text: string): bigint | undefined {
  return /^\d{1,18}$/.test(text) ? BigInt(text) : undefined
}
