import { createHash } from 'node:crypto'
import type { Experiment } from '@ashlar/experiment'

/** Where things lie and how they are called is no part of what is trained; how it is written afterwards neither. */
const NO_PART: ReadonlySet<string> = new Set(['name', 'folder', 'out', 'export'])

/** Hexadecimal digits of an identity: 64 bits, so that a million trials are told apart. */
const LENGTH = 16

/** The identity of a trial: a digest of its experiment, seed included, whoever resolved it and wherever. */
export function trialId(experiment: Experiment): string {
  const parts = Object.entries(experiment).filter(([key]) => !NO_PART.has(key))
  return shortDigest(Object.fromEntries(parts))
}

/** An identity of other plain data, as long as that of a trial. */
export function shortDigest(value: unknown): string {
  return digestOf(value).slice(0, LENGTH)
}

/** Tells whether two experiments have the same samples, read once for both. */
export function dataKey({ dataset, seed, folder, plugins }: Experiment): string {
  const text = JSON.stringify([dataset, seed, folder, plugins])
  return createHash('sha256').update(text).digest('hex')
}

/** SHA-256 of plain data, whatever the order of its keys. */
export function digestOf(value: unknown): string {
  return createHash('sha256').update(canonical(value)).digest('hex')
}

/** JSON with its keys in order. */
function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  const entries = Object.entries(value)
    .filter(([, inside]) => inside !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, inside]) => `${JSON.stringify(key)}:${canonical(inside)}`).join(',')}}`
}
