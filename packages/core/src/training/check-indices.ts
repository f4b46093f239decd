import { DataError } from '@ashlar/errors'
import { compile, portableTarget, type TypedArray } from '@ashlar/graph'
import { type Column, columnsOf } from '../data/fields.ts'
import type { Samples } from '../data/samples.ts'
import { PICK_BATCH, type RowPick } from './forward.ts'

/**
 * Looks once at every number of the samples that the model picks rows by, such as token ids.
 *
 * @param where the function that takes them.
 * @throws DataError that names the first sample with an index outside of the table, the index and the layer.
 */
export async function checkIndices(
  where: string,
  samples: Samples,
  picks: readonly RowPick[],
): Promise<void> {
  const columns = columnsOf(samples, samples.info).filter(({ role }) => role === 'inputs')
  for (const pick of picks) {
    const column = columns.find(({ name }) => name === pick.field)
    if (column === undefined) continue
    if (pick.program === undefined) checkRows(where, pick, column.data, 0, samples.length)
    else await checkComputed(where, { ...column, length: samples.length }, pick, pick.program)
  }
}

/** @param indices of some samples, one after the other. */
function checkRows(
  where: string,
  { size, layer, field }: RowPick,
  indices: TypedArray,
  first: number,
  count: number,
): void {
  // As a cast to int32 has it: -0.5 is row 0.
  const isInside = (index: number | bigint) => index > -1 && index < size
  const place = (indices as Float32Array).findIndex((index) => !isInside(index))
  if (place < 0) return
  const perSample = indices.length / count
  const sample = first + Math.floor(place / perSample)
  const inside = perSample === 1 ? '' : `, place ${place % perSample},`
  throw new DataError({
    where,
    expected: `${layer === '' ? 'the model' : layer} picks among ${size} rows, so indices must be from 0 to ${size - 1}, but sample ${sample}${inside}${field === undefined ? '' : ` of field ${field}`} has another`,
    given: Number(indices[place]),
    hint: 'Number tokens and categories from 0 on, and make the table (inputDim) as long as there are.',
  })
}

async function checkComputed(
  where: string,
  { data, size, length }: Pick<Column, 'data' | 'size'> & { readonly length: number },
  pick: RowPick,
  graph: NonNullable<RowPick['program']>,
): Promise<void> {
  const program = await compile(graph, { target: portableTarget() })
  const isWhole = graph.inputs[0]?.value.dtype === 'int32'
  const batch = isWhole ? new Int32Array(PICK_BATCH * size) : new Float32Array(PICK_BATCH * size)
  try {
    for (let first = 0; first < length; first += PICK_BATCH) {
      const count = Math.min(PICK_BATCH, length - first)
      // What is left of the batch before stands in for samples that are not there.
      batch.set(data.subarray(first * size, (first + count) * size))
      const { indices } = await program.run({ inputs: batch })
      const perSample = indices!.length / PICK_BATCH
      const whole = Number.isInteger(perSample)
      // Indices that belong to no sample, as each does to all of them, are looked at as one.
      const own = whole ? indices!.subarray(0, count * perSample) : indices!
      checkRows(where, pick, own, first, whole ? count : 1)
    }
  } finally {
    await program.dispose()
  }
}
