import { shuffledIndices } from '@ashlar/core'
import { ConfigError, DataError } from '@ashlar/errors'
import { holdOut } from '../splits/hold-out.ts'
import type { OwnDataOptions } from '../splits/own-data.ts'
import { planSplits, type SplitPlan } from '../splits/plan.ts'
import { type SplitName, splitNamed, splitNames } from '../splits/split-names.ts'
import type { Column } from './column.ts'

/** What tells the rows of train, validation and test apart. */
export interface RecordSplits {
  readonly dataset: string
  /** How many rows each file has, in their order, and what they are where no column says it. */
  readonly files: readonly FileRows[]
  /** A column that says which row is which. */
  readonly column?: Column | undefined
  /** Rows with the same name stay together. */
  readonly groups?: Column | undefined
  /** Rows that are in no split. */
  readonly dropped?: Pick<ReadonlySet<number>, 'has'> | undefined
}

/** Rows of a file. */
export interface FileRows {
  readonly split: SplitName
  readonly rows: number
}

/**
 * Files with the rows that a scan found in each.
 *
 * @param splits of the files; by default the first is trained on, and a second is the test set.
 */
export function fileRows(
  perFile: readonly number[],
  splits: readonly SplitName[] = ['train', 'test'],
): FileRows[] {
  return perFile.map((rows, at) => ({ split: splits[at]!, rows }))
}

/**
 * Which rows are trained on, validated and tested with: as the format or a column has it, and what neither says by seed.
 *
 * @throws ConfigError for options that leave nothing, DataError for a split that nobody knows.
 */
export function planRecords(
  splits: RecordSplits,
  options: OwnDataOptions,
  seed: number,
): SplitPlan {
  const given = givenSplits(splits)
  const { dataset, groups } = splits
  const hold = (rows: Uint32Array, part: number, option: string) =>
    groups === undefined
      ? holdOut(rows, part, seed, { dataset, option })
      : holdOutGroups(rows, part, { dataset, option, seed, groups })
  let { train, test }: { train: Uint32Array; test: Uint32Array } = given
  if (train.length === 0) {
    throw new ConfigError({ where: dataset, expected: 'there must be samples to train on' })
  }
  if (test.length === 0) {
    const { kept, heldOut } = hold(train, options.testPart, 'testPart')
    train = kept
    test = heldOut
  }
  const limited = planSplits(dataset, train, test, { ...options, validation: undefined }, seed)
  if (options.validation === undefined) {
    return given.validation.length === 0 ? limited : { ...limited, validation: given.validation }
  }
  if (given.validation.length > 0) {
    throw new ConfigError({
      where: `${dataset}.validation`,
      expected: 'must be left out, as the data has a validation split of its own',
      given: options.validation,
    })
  }
  const { kept, heldOut } = hold(limited.train, options.validation, 'validation')
  return { ...limited, train: kept, validation: heldOut }
}

function givenSplits({ dataset, files, column, dropped }: RecordSplits) {
  const rows: Record<SplitName, number[]> = { train: [], validation: [], test: [] }
  if (column !== undefined) {
    for (const [row, code] of column.codes.entries()) {
      if (dropped?.has(row)) continue
      const name = column.names[code]!
      const split = splitNamed(name)
      if (split === undefined) {
        throw new DataError({
          where: `${dataset}, row ${row + 1}`,
          expected: `the split must be one of ${Object.keys(splitNames).join(', ')}`,
          given: name,
        })
      }
      rows[split].push(row)
    }
  } else {
    let row = 0
    for (const { split, rows: count } of files) {
      for (let at = 0; at < count; at++, row++) if (!dropped?.has(row)) rows[split].push(row)
    }
  }
  return {
    train: Uint32Array.from(rows.train),
    validation: Uint32Array.from(rows.validation),
    test: Uint32Array.from(rows.test),
  }
}

interface GroupOptions {
  readonly dataset: string
  readonly option: string
  readonly seed: number
  readonly groups: Column
}

/** Holds out whole groups, in a mixed order, until so many rows are held out; the last group may bring more. */
function holdOutGroups(
  rows: Uint32Array,
  part: number,
  { dataset, option, seed, groups }: GroupOptions,
): { kept: Uint32Array; heldOut: Uint32Array } {
  const wanted = part < 1 ? Math.round(rows.length * part) : part
  const counts = new Map<number, number>()
  for (const row of rows) counts.set(groups.codes[row]!, (counts.get(groups.codes[row]!) ?? 0) + 1)
  // By name, not by place: the same groups are held out whatever order the rows have.
  const codes = [...counts.keys()].sort((a, b) => (groups.names[a]! < groups.names[b]! ? -1 : 1))
  const held = new Set<number>()
  let count = 0
  for (const at of shuffledIndices(codes.length, seed, option)) {
    if (count >= wanted || held.size === codes.length - 1) break
    held.add(codes[at]!)
    count += counts.get(codes[at]!)!
  }
  const heldOut = rows.filter((row) => held.has(groups.codes[row]!))
  const kept = rows.filter((row) => !held.has(groups.codes[row]!))
  if (heldOut.length > 0 && kept.length > 0) return { kept, heldOut }
  throw new ConfigError({
    where: `${dataset}.${option}`,
    expected: `must hold out at least 1 of ${codes.length} groups and leave at least 1`,
    given: part,
  })
}
