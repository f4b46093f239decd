import { theOnly } from '../data/fields.ts'
import type { Samples } from '../data/samples.ts'
import type { ReadBatch } from '../data/source.ts'
import { checkLabels, type LabelUse } from './check-data.ts'
import { indexCheck } from './check-indices.ts'
import type { RowPick } from './forward.ts'

/** Looks at batches as they come. */
export interface BatchCheck {
  /** @throws DataError that names the sample. */
  look(batch: ReadBatch): Promise<void>
  dispose(): Promise<void>
}

/**
 * What is looked at before anything is trained where samples lie in memory, for those that are read: each batch before it is used.
 *
 * @param use what labels are held against; undefined where nobody asks for them.
 * @returns undefined for samples in memory.
 */
export async function batchCheck(
  where: string,
  samples: Samples,
  { picks, use }: { readonly picks: readonly RowPick[]; readonly use?: LabelUse | undefined },
): Promise<BatchCheck | undefined> {
  const { stream, info } = samples
  if (stream === undefined) return undefined
  const indices = picks.length > 0 ? await indexCheck(where, info, picks) : undefined
  return {
    async look(batch) {
      if (use !== undefined && samples.labels === undefined) {
        const data = theOnly(where, batch.labels)
        checkLabels(where, { name: undefined, data, shape: info.labelShape }, batch, use)
      }
      await indices?.look(batch)
    },
    dispose: async () => indices?.dispose(),
  }
}
