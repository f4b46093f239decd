import { readFileSync } from 'node:fs'
import { arch, cpus, platform, release, totalmem } from 'node:os'

/** Where numbers were measured. */
export interface Machine {
  readonly cpu: string
  /** The widest vectors that it computes with: `avx512`, `avx2`; its architecture where that is not known. */
  readonly vectors?: string
  /** Narrower ones that all that was measured was kept to: wider ones were switched off. */
  readonly keptTo?: string
  readonly cores: number
  readonly memoryGiB: number
  readonly system: string
  readonly node: string
}

/** This machine. */
export function thisMachine(): Machine {
  const [first] = cpus()
  return {
    cpu: first?.model.trim() ?? 'unknown',
    vectors: vectorsOf(cpuFlags()) ?? arch(),
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${arch()} ${release()}`,
    node: process.versions.node,
  }
}

/** The kind of processor, as names of files have it: `avx512-amd-epyc`, or `avx2-of-avx512-amd-epyc` where it was kept to narrower vectors. Results of the same kind are of one machine, or of its like. */
export function kindOf({ cpu, vectors = 'unknown', keptTo }: Machine): string {
  const model = cpu.toLowerCase().replace(/\((r|tm)\)|@.*/g, ' ')
  const limit = keptTo === undefined ? [] : [keptTo, 'of']
  return [...limit, vectors, ...(model.match(/[a-z0-9]+/g) ?? [])].join('-')
}

/** What a machine computed with, to stand behind its name: ` (avx512)`, ` (avx512, kept to avx2)`. */
export function vectorsIn({ vectors, keptTo }: Machine): string {
  if (vectors === undefined) return ''
  return keptTo === undefined ? ` (${vectors})` : ` (${vectors}, kept to ${keptTo})`
}

/** The widest vectors among a processor's flags, as Linux lists them. */
export function vectorsOf(flags: readonly string[]): string | undefined {
  if (flags.includes('avx512f')) return 'avx512'
  return ['avx2', 'avx', 'sse2', 'asimd'].find((flag) => flags.includes(flag))
}

function cpuFlags(): string[] {
  try {
    const [, flags] = /^(?:flags|Features)\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))!
    return flags!.trim().split(/\s+/)
  } catch {
    // Not Linux.
    return []
  }
}
