import { spawnSync } from 'node:child_process'
import { type Stats, statSync } from 'node:fs'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { deserialize, serialize } from 'node:v8'
import { DataError } from '@ashlar/errors'
import { errorOf } from './failure.ts'
import { nodeFlags } from './node-flags.ts'
import type { Failure } from './reader.ts'
import { scanCsv } from './scans/csv.ts'
import { scanFiles } from './scans/files.ts'
import { scanLines } from './scans/lines.ts'
import { scanNumpy } from './scans/numpy.ts'
import type { Scanned, ScanRequest } from './scans/scan.ts'
import { scanText } from './scans/text.ts'
import { scanTextLines } from './scans/text-lines.ts'
import { scanWhole } from './scans/whole.ts'
import { onPlainMemory, onSharedMemory } from './shared.ts'

const CHILD = fileURLToPath(new URL(`scan-process${extname(import.meta.url)}`, import.meta.url))

/** Scans that need not wait for anything. */
const atOnce: Readonly<Record<string, (request: ScanRequest) => Scanned>> = {
  lines: scanLines,
  csv: scanCsv,
  files: scanFiles,
  numpy: scanNumpy,
  text: scanText,
  textLines: scanTextLines,
  whole: scanWhole,
}

/** Files beyond are looked at in a process of its own, which takes along what it needed when it ends. */
const LARGE = 64 * 2 ** 20

/** The most that a process may answer. */
const MOST_ANSWER = 2 ** 31 - 1

/** What was found, by request and the state of its files: an experiment is looked at several times before it runs. */
const known = new Map<string, Scanned>()
const KNOWN = 16

/**
 * Looks at the files of a dataset, and waits: a dataset must know its classes before anything runs.
 *
 * @throws DataError for what cannot be read.
 */
export function scanNow(request: ScanRequest): Scanned {
  const { size, stamp } = stateOf(request)
  const found = stamp === undefined ? undefined : known.get(stamp)
  if (found !== undefined) return found
  const scan = atOnce[request.kind]
  const scanned = scan !== undefined && size <= LARGE ? scan(request) : scanElsewhere(request)
  if (stamp !== undefined) {
    known.set(stamp, scanned)
    if (known.size > KNOWN) known.delete(known.keys().next().value!)
  }
  return scanned
}

function stateOf(request: ScanRequest): { size: number; stamp: string | undefined } {
  let size = 0
  let hasFolders = false
  const states = request.files.map((path) => {
    // What is missing is told of by whoever reads it.
    const stat = statSync(path, { throwIfNoEntry: false })
    if (stat?.isDirectory()) hasFolders = true
    size += stat?.size ?? 0
    return stateOfFile(stat)
  })
  // What lies in folders may change without them; many files take memory to list, whatever their size.
  const readsOthers = request.columns.some(({ measure }) => measure?.of === 'file')
  if (hasFolders || readsOthers) return { size: LARGE + 1, stamp: undefined }
  for (const path of tokenizersOf(request)) {
    states.push(stateOfFile(statSync(path, { throwIfNoEntry: false })))
  }
  const { options } = request
  const mask = options && Object.values(options).some((each) => ArrayBuffer.isView(each))
  return { size, stamp: mask ? undefined : JSON.stringify([request, states]) }
}

function stateOfFile(stat: Stats | undefined): (number | undefined)[] {
  return [stat?.size, stat?.mtimeMs, stat?.ino]
}

/** What texts are counted or kept by: the same text is other tokens by another. */
function tokenizersOf({ columns, options }: ScanRequest): string[] {
  const measures = columns.map(({ measure }) =>
    measure?.of === 'text' ? measure.tokenizer : undefined,
  )
  return [options?.tokenizer, ...measures].filter((path) => typeof path === 'string')
}

function scanElsewhere(request: ScanRequest): Scanned {
  const { status, signal, stdout, stderr, error } = spawnSync(
    process.execPath,
    [...nodeFlags(CHILD), CHILD],
    { input: serialize(onPlainMemory(request)), maxBuffer: MOST_ANSWER, windowsHide: true },
  )
  if (status !== 0 || error !== undefined) {
    throw new DataError({
      where: request.files[0] ?? request.kind,
      expected: `must be looked at, and the process that did so ended: ${error?.message ?? signal ?? `exit code ${status}`}`,
      hint: stderr?.toString().trim().split('\n').at(-1) || undefined,
    })
  }
  const answer = deserialize(stdout) as { readonly found?: Scanned; readonly error?: Failure }
  if (answer.error !== undefined) throw errorOf(answer.error)
  return onSharedMemory(answer.found!)
}
