import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import * as ort from 'onnxruntime-node'
import { cacheFolder } from '../session/cache-folder.ts'
import { keepFile } from '../session/keep-file.ts'

/** Milliseconds by form. */
export type FormTimes = Readonly<Record<string, number>>

/** What times hold for. */
export interface FormMachine {
  readonly cpu: string
  readonly onnxruntime: string
  /** 0 stands for onnxruntime's own choice. */
  readonly threads: number
  /** Channels in a block. */
  readonly block: number
}

/** Times of forms that were measured, by call. */
export interface FormStore {
  get(key: string): FormTimes | undefined
  /** Keeps times for later processes too, where they can be kept. */
  add(times: ReadonlyMap<string, FormTimes>): void
}

/** This machine, with these settings. */
export function formMachine(threads: number | undefined, block: number): FormMachine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    onnxruntime: ort.env.versions.node ?? 'unknown',
    threads: threads ?? 0,
    block,
  }
}

/** Times in a file of the folder, one for each kind of machine. */
export function openFormStore(
  machine: FormMachine,
  folder: string = cacheFolder('forms'),
): FormStore {
  const digest = createHash('sha256').update(JSON.stringify(machine)).digest('hex')
  const path = join(folder, `${digest.slice(0, 16)}.json`)
  const known = new Map(Object.entries(readTimes(path)))
  return {
    get: (key) => known.get(key),
    add(times) {
      for (const [key, each] of times) known.set(key, each)
      // Another process may have added its own meanwhile.
      const calls = { ...readTimes(path), ...Object.fromEntries(known) }
      keepFile(path, `${JSON.stringify({ machine, calls }, null, 1)}\n`)
    },
  }
}

function readTimes(path: string): Record<string, FormTimes> {
  try {
    const { calls } = JSON.parse(readFileSync(path, 'utf8')) as { calls?: unknown }
    return Object.fromEntries(Object.entries(calls ?? {}).filter(([, times]) => areTimes(times)))
  } catch {
    // Not there yet, or damaged: what it held is measured again.
    return {}
  }
}

function areTimes(given: unknown): given is FormTimes {
  return (
    typeof given === 'object' &&
    given !== null &&
    Object.values(given).every((time) => typeof time === 'number' && time > 0)
  )
}
