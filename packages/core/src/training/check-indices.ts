import { DataError } from '@ashlar/errors'
import {
  type CompiledProgram,
  compile,
  type Graph,
  portableTarget,
  type TypedArray,
  type Value,
} from '@ashlar/graph'
import { sizeOf } from '../data/batches.ts'
import type { Named } from '../data/field.ts'
import { areNamed, fieldsOf } from '../data/fields.ts'
import type { SampleInfo, Samples } from '../data/samples.ts'
import type { SampleData } from '../data/split.ts'
import { PICK_BATCH, type RowPick } from './forward.ts'

/**
 * Looks once at every number of the samples that the model picks rows by, such as token ids; of a stream at none, see {@link indexCheck}.
 *
 * @param where the function that takes them.
 * @throws DataError that names the first sample with an index outside of the table, the index and the layer.
 */
export async function checkIndices(
  where: string,
  samples: Samples,
  picks: readonly RowPick[],
): Promise<void> {
  if (samples.stream !== undefined || picks.length === 0) return
  const check = await indexCheck(where, samples.info, picks)
  try {
    await check.look(samples)
  } finally {
    await check.dispose()
  }
}

/** Some inputs, and which samples they belong to. */
export interface SomeInputs {
  readonly inputs: Named<SampleData>
  readonly length: number
  /** Left out: they are those of all samples. */
  readonly rows?: ArrayLike<number> | undefined
  /** Names a sample by its row; by its number when left out. */
  nameOf?(row: number): string
}

type NamedData = Readonly<Record<string, SampleData>>

/** Looks at inputs as they come. */
export interface IndexCheck {
  look(some: SomeInputs): Promise<void>
  dispose(): Promise<void>
}

/** See {@link checkIndices}. */
export async function indexCheck(
  where: string,
  info: SampleInfo,
  picks: readonly RowPick[],
): Promise<IndexCheck> {
  const target = portableTarget()
  const groups: ComputedGroup[] = []
  for (const group of groupsOf(picks)) {
    groups.push({ ...group, program: await compile(group.graph, { target }) })
  }
  return {
    async look(some) {
      const inputsOf = (field: string | undefined): SampleData | undefined => {
        const inputs = field === undefined ? some.inputs : (some.inputs as NamedData)[field]!
        return areNamed(inputs) ? undefined : inputs
      }
      for (const pick of picks) {
        const indices = pick.program === undefined ? inputsOf(pick.field) : undefined
        if (indices !== undefined) checkRows(where, pick, { ...some, indices, first: 0 })
      }
      for (const group of groups) {
        const inputs = inputsOf(group.field)
        const field = fieldsOf(info).inputs.find(({ name }) => name === group.field)
        const size = sizeOf(field?.shape ?? [])
        if (inputs !== undefined) await checkComputed(where, { ...some, inputs }, { group, size })
      }
    },
    async dispose() {
      for (const { program } of groups) await program.dispose()
    },
  }
}

/** Picks by indices that are computed from one field. */
interface PickGroup {
  readonly field: string | undefined
  /** Each with the output that has its indices. */
  readonly picks: readonly { readonly pick: RowPick; readonly output: string }[]
  /** From the field to the indices of all of them: a table may have a row of embeddings for each of many columns. */
  readonly graph: Graph
}

interface ComputedGroup extends PickGroup {
  readonly program: CompiledProgram
}

function groupsOf(picks: readonly RowPick[]): PickGroup[] {
  const fields = new Set(picks.filter(({ program }) => program).map(({ field }) => field))
  return [...fields].map((field) => {
    const own = picks.flatMap((pick) =>
      pick.field === field && pick.program !== undefined
        ? [{ pick, program: pick.program, indices: pick.program.outputs[0]!.value }]
        : [],
    )
    const values = [...new Set(own.map(({ indices }) => indices))]
    const output = (value: Value) => `indices${values.indexOf(value)}`
    return {
      field,
      picks: own.map(({ pick, indices }) => ({ pick, output: output(indices) })),
      graph: {
        inputs: own[0]!.program.inputs,
        outputs: values.map((value) => ({ name: output(value), value, state: false })),
        // Each has all that comes before its indices, in order.
        nodes: [...new Set(own.flatMap(({ program }) => program.nodes))],
      },
    }
  })
}

/** Indices of some samples, one after the other. */
interface SomeIndices extends Pick<SomeInputs, 'length' | 'rows' | 'nameOf'> {
  readonly indices: TypedArray
  /** Place of the first among the samples. */
  readonly first: number
}

function checkRows(
  where: string,
  { size, layer, field }: RowPick,
  { indices, first, length, rows, ...some }: SomeIndices,
): void {
  // As a cast to int32 has it: -0.5 is row 0.
  const isInside = (index: number | bigint) => index > -1 && index < size
  const place = (indices as Float32Array).findIndex((index) => !isInside(index))
  if (place < 0) return
  const perSample = indices.length / length
  const sample = first + Math.floor(place / perSample)
  const row = rows?.[sample] ?? sample
  const named = some.nameOf?.(row) ?? `sample ${row}`
  const inside = perSample === 1 ? '' : `, place ${place % perSample},`
  throw new DataError({
    where,
    expected: `${layer === '' ? 'the model' : layer} picks among ${size} rows, so indices must be from 0 to ${size - 1}, but ${named}${inside}${field === undefined ? '' : ` of field ${field}`} has another`,
    given: Number(indices[place]),
    hint: 'Number tokens and categories from 0 on, and make the table (inputDim) as long as there are.',
  })
}

async function checkComputed(
  where: string,
  { inputs, length, rows, ...some }: SomeInputs & { readonly inputs: SampleData },
  { group, size }: { readonly group: ComputedGroup; readonly size: number },
): Promise<void> {
  const isWhole = group.graph.inputs[0]?.value.dtype === 'int32'
  const batch = isWhole ? new Int32Array(PICK_BATCH * size) : new Float32Array(PICK_BATCH * size)
  for (let first = 0; first < length; first += PICK_BATCH) {
    const count = Math.min(PICK_BATCH, length - first)
    // What is left of the batch before stands in for samples that are not there.
    batch.set(inputs.subarray(first * size, (first + count) * size))
    const results = await group.program.run({ inputs: batch })
    for (const { pick, output } of group.picks) {
      const indices = results[output]!
      const perSample = indices.length / PICK_BATCH
      const whole = Number.isInteger(perSample)
      // Indices that belong to no sample, as each does to all of them, are looked at as one.
      const own = whole ? indices.subarray(0, count * perSample) : indices
      checkRows(where, pick, { indices: own, first, length: whole ? count : 1, rows, ...some })
    }
  }
}
