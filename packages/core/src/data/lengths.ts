import { DataError } from '@ashlar/errors'
import { feedOf, fieldsOf, type NamedField } from './fields.ts'
import { passRows } from './order.ts'
import type { Samples } from './samples.ts'
import { shuffledIndices } from './shuffle.ts'
import type { Chunks, Sampler } from './split.ts'

/** At most so many widths are there: each is a program of its own. */
const MOST_WIDTHS = 4

/** Sequences that are padded to one width, and the widths that batches of them are cut to. */
export interface Lengths {
  /** Of each sample. */
  readonly lengths: Uint32Array
  /** What all are padded to. */
  readonly padded: number
  /** What a program calls the fields that have a place for each step: the first input, and labels of its steps. */
  readonly sequences: ReadonlySet<string>
  /** Rising; the last is that of the longest sample. */
  readonly widths: readonly number[]
  /** Of samples that are read in chunks: those of a batch are near one another. */
  readonly chunks?: Chunks | undefined
}

/**
 * The widths that suit samples: each has a like share of them.
 *
 * @returns undefined for samples that say no lengths.
 * @throws DataError for lengths that are none.
 */
export function lengthsOf({ lengths, length, info, stream }: Samples): Lengths | undefined {
  if (lengths === undefined) return undefined
  const { inputs, outputs } = fieldsOf(info)
  const [input] = inputs
  const padded = input?.shape[0] ?? 0
  const bad = lengths.findIndex((each) => !(each >= 1 && each <= padded))
  if (lengths.length !== length || bad >= 0) {
    throw new DataError({
      where: 'lengths',
      expected: `there must be a length from 1 to ${padded} for each of ${length} samples`,
      given: bad >= 0 ? `${lengths[bad]} for sample ${bad}` : `${lengths.length} lengths`,
    })
  }
  const sorted = Uint32Array.from(lengths).sort()
  const bounds = Array.from({ length: MOST_WIDTHS }, (_, at) => {
    const place = Math.ceil(((at + 1) * length) / MOST_WIDTHS) - 1
    return sorted[Math.max(0, place)]!
  })
  const labels = outputs.filter((field) => stepsOf(field) === padded)
  const sequences = new Set([
    feedOf('inputs', input?.name),
    ...labels.map(({ name }) => feedOf('labels', name)),
  ])
  return { lengths, padded, sequences, widths: [...new Set(bounds)], chunks: stream?.chunks }
}

/** Places that labels have before what says of one of them which classes or numbers it has. */
function stepsOf({ shape, multiLabel, targets }: NamedField): number | undefined {
  const areNamed = multiLabel || (targets !== undefined && targets.length === shape.at(-1))
  return (areNamed ? shape.slice(0, -1) : shape)[0]
}

/** The width that a batch of samples is cut to. */
export function widthOf({ lengths, widths }: Lengths, rows: ArrayLike<number>): number {
  let longest = 1
  for (let at = 0; at < rows.length; at++) longest = Math.max(longest, lengths[rows[at]!]!)
  return widths.find((width) => width >= longest) ?? widths.at(-1)!
}

/**
 * An order in which batches are of samples of like lengths: mixed within each width and the batches among each other. What does not fill a batch of its width comes last. Of samples that are read
 * in chunks so many are gone through at a time as are mixed among each other without lengths.
 */
export function byLength(own: Lengths, batchSize: number): Sampler {
  const { lengths, widths, chunks } = own
  const { length } = lengths
  return {
    length,
    rows(seed, epoch) {
      const mixed = passRows({ length, stream: { chunks } }, { seed, epoch })
      const span =
        chunks === undefined ? length : Math.max(chunks.buffer, batchSize * widths.length)
      let groups = widths.map((): number[] => [])
      const order: number[] = []
      for (let start = 0; start < length; start += span) {
        for (const row of mixed.subarray(start, start + span)) {
          groups[widths.findIndex((width) => width >= lengths[row]!)]!.push(row)
        }
        const whole = groups.flatMap((group) =>
          Array.from({ length: Math.floor(group.length / batchSize) }, (_, at) =>
            group.slice(at * batchSize, (at + 1) * batchSize),
          ),
        )
        const name = start === 0 ? 'batches' : `batches from ${start}`
        for (const at of shuffledIndices(whole.length, seed, `epoch ${epoch} ${name}`)) {
          order.push(...whole[at]!)
        }
        groups = groups.map((group) =>
          group.slice(Math.floor(group.length / batchSize) * batchSize),
        )
      }
      return Uint32Array.from([...order, ...groups.flat()])
    },
    select(rows) {
      const few = Uint32Array.from(rows, (row) => lengths[row]!)
      const some = chunks && { ...chunks, of: (row: number) => chunks.of(rows[row]!) }
      return byLength({ ...own, lengths: few, chunks: some }, batchSize)
    },
  }
}
