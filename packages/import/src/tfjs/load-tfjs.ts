import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DataError } from '@ashlar/errors'
import type { OnnxFile } from '../file/graph.ts'
import { readOnnx } from '../file/read.ts'
import { stampOf } from './stamp.ts'

const EXTENSION = extname(import.meta.url)
const CHILD = fileURLToPath(new URL(`convert-child${EXTENSION}`, import.meta.url))

/** What converting may take, in milliseconds. */
const LONGEST = 600_000

/** Files beyond are converted each time, rather than kept in memory. */
const SMALL = 64 * 2 ** 20

/** What was read last: folds and trials make a model of one file again and again. */
let last: { readonly stamp: string; readonly file: OnnxFile } | undefined

/**
 * Reads a saved layers-model or graph-model of TensorFlow.js as an ONNX file is read, with its batch norms as they are. It is converted in a process of its own, as a model is made where
 * nothing can be waited for; custom layers are not known there.
 *
 * @param path a model.json, or the folder that it lies in.
 * @throws DataError that says what is wrong with it.
 */
export function readTfjs(path: string): OnnxFile {
  const stamp = stampOf(path)
  if (stamp !== undefined && stamp === last?.stamp) return { ...last.file, path }
  const folder = mkdtempSync(join(tmpdir(), 'ashlar-tfjs-'))
  try {
    const file = join(folder, 'model.onnx')
    // What reads TypeScript here must do so there.
    const flags =
      EXTENSION === '.js' ? [] : process.execArgv.filter((each) => !each.startsWith('--inspect'))
    const { status, stdout, stderr, error } = spawnSync(
      process.execPath,
      [...flags, CHILD, path, file],
      { encoding: 'utf8', timeout: LONGEST, maxBuffer: 2 ** 26 },
    )
    if (status !== 0) throw refused(path, stdout, stderr, error)
    const read = { ...readOnnx(file), path }
    // As it was before it was read: what changed meanwhile is read again.
    if (stamp !== undefined && statSync(file).size <= SMALL) last = { stamp, file: read }
    return read
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function refused(path: string, stdout: string, stderr: string, error?: Error): DataError {
  const last = stderr.trim().split('\n').at(-1)
  return new DataError({
    where: path,
    expected: 'must be a model of TensorFlow.js that can be converted',
    hint: messageIn(stdout) ?? error?.message ?? last,
  })
}

/** What the other process says last; TensorFlow.js may greet before it. */
function messageIn(stdout: string): string | undefined {
  try {
    const { message } = JSON.parse(stdout.trim().split('\n').at(-1)!) as { message?: unknown }
    return typeof message === 'string' ? message : undefined
  } catch {
    return undefined
  }
}
