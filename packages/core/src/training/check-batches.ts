import { columnsOf } from '../data/fields.ts'
import type { Samples } from '../data/samples.ts'
import type { ReadBatch } from '../data/source.ts'
import { checkLabels, type LabelUse } from './check-data.ts'
import { indexCheck } from './check-indices.ts'
import type { RowPick } from './forward.ts'

/** What the labels of one output are held against. */
export type NamedUse = LabelUse & { readonly name: string | undefined }

/** Looks at batches as they come. */
export interface BatchCheck {
  /** @throws DataError that names the sample. */
  look(batch: ReadBatch): Promise<void>
  dispose(): Promise<void>
}

/**
 * What is looked at before anything is trained where samples lie in memory, for those that are read: each batch before it is used.
 *
 * @param uses what labels are held against, by output; none where nobody asks for them.
 * @returns undefined for samples in memory.
 */
export async function batchCheck(
  where: string,
  samples: Samples,
  { picks, uses = [] }: { readonly picks: readonly RowPick[]; readonly uses?: readonly NamedUse[] },
): Promise<BatchCheck | undefined> {
  const { stream, info } = samples
  if (stream === undefined) return undefined
  const indices = picks.length > 0 ? await indexCheck(where, info, picks) : undefined
  return {
    async look(read) {
      const batch = {
        ...read,
        ...(stream.where && { nameOf: (row: number) => stream.where!(row) }),
      }
      const columns = samples.labels === undefined ? columnsOf(batch, info) : []
      for (const use of uses) {
        const column = columns.find(({ role, name }) => role === 'labels' && name === use.name)
        if (column !== undefined) checkLabels(where, column, batch, use)
      }
      await indices?.look(batch)
    },
    dispose: async () => indices?.dispose(),
  }
}
