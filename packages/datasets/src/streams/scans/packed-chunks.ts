import { isPacked } from '../shard-files.ts'
import type { Scanned } from './scan.ts'

/** What readers must know of packed files: the file of each row, and what the largest comes to, unpacked. */
export function packedChunks(
  paths: readonly string[],
  { files, offsets, sizes }: { files: Uint32Array; offsets: Float64Array; sizes: Uint32Array },
): Pick<Scanned, 'chunks' | 'packedBytes'> {
  if (!paths.some(isPacked)) return {}
  let packedBytes = 0
  for (const [at, offset] of offsets.entries()) {
    packedBytes = Math.max(packedBytes, offset + sizes[at]!)
  }
  return { chunks: files, packedBytes }
}
