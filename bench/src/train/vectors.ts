import { ConfigError, unknownName } from '@ashlar/errors'
import { cpuTarget } from '@ashlar/graph'

/** Vectors that everything measured is kept to, on a processor that has wider ones. */
export interface Limit {
  /** As in `Machine.vectors`. */
  readonly vectors: string
  /** What tells PyTorch and its libraries. */
  readonly env: Readonly<Record<string, string>>
  /** Channels in a block of onnxruntime's layout with these vectors, which show whether it is kept to them. */
  readonly block: number
}

const LIMITS: readonly Limit[] = [
  {
    vectors: 'avx2',
    env: {
      ATEN_CPU_CAPABILITY: 'avx2',
      ONEDNN_MAX_CPU_ISA: 'AVX2',
      MKL_ENABLE_INSTRUCTIONS: 'AVX2',
    },
    block: 8,
  },
]

/** The limit of a name. onnxruntime has no setting for it, so that it must be one that does not see wider vectors. */
export async function limitOf(
  vectors: string,
  blockHere: () => Promise<number> = async () => (await cpuTarget()).block,
): Promise<Limit> {
  const limit = LIMITS.find((each) => each.vectors === vectors)
  if (limit === undefined) {
    const known = LIMITS.map((each) => each.vectors)
    throw new ConfigError(unknownName('--vectors', 'vectors', vectors, known))
  }
  const block = await blockHere()
  if (block === limit.block) return limit
  throw new ConfigError({
    where: `--vectors ${vectors}`,
    expected: `onnxruntime must compute in blocks of ${limit.block} channels`,
    given: block,
    hint: 'It takes what the processor has, and no setting changes that: put one here that was built without, or whose test for wider vectors was switched off.',
  })
}
