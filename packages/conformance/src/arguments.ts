import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { ConfigError, unknownName } from '@ashlar/errors'
import { PARTS, type Part } from './parts.ts'

/** What the command line asks for. */
export interface Arguments {
  readonly parts: readonly Part[]
  /** Which of how many shards, from 0 on. */
  readonly shard: { readonly index: number; readonly of: number }
  readonly jobs: number
  readonly grep: string | undefined
  /** Show which kernels tfjs computed, and why. */
  readonly kernels: boolean
  readonly backend: 'onnxruntime' | 'cpu'
}

/** @throws ConfigError for a part or a shard that does not exist. */
export function readArguments(args: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      part: { type: 'string' },
      shard: { type: 'string', default: '1/1' },
      jobs: { type: 'string', default: String(Math.min(2, availableParallelism())) },
      grep: { type: 'string' },
      kernels: { type: 'boolean', default: false },
      reference: { type: 'boolean', default: false },
    },
  })
  const parts = PARTS.filter(({ name }) => values.part === undefined || name === values.part)
  if (parts.length === 0) {
    const names = PARTS.map(({ name }) => name)
    throw new ConfigError(unknownName('conformance', '--part', values.part!, names))
  }
  const jobs = Number(values.jobs)
  if (!Number.isInteger(jobs) || jobs < 1) {
    throw new ConfigError({
      where: 'conformance',
      expected: '--jobs must be a positive integer',
      given: values.jobs,
    })
  }
  return {
    parts: values.reference ? parts.slice(0, 1) : parts,
    shard: readShard(values.shard),
    jobs,
    grep: values.grep,
    kernels: values.kernels,
    backend: values.reference ? 'cpu' : 'onnxruntime',
  }
}

function readShard(text: string): Arguments['shard'] {
  const [index = 0, of = 0] = /^\d+\/\d+$/.test(text) ? text.split('/').map(Number) : []
  if (index >= 1 && index <= of) return { index: index - 1, of }
  throw new ConfigError({
    where: 'conformance',
    expected: '--shard must be INDEX/COUNT, such as 1/4 for the first of four',
    given: text,
  })
}
