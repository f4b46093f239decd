import type { Field, LabelData } from '@ashlar/core'
import { ConfigError, DataError } from '@ashlar/errors'
import { answersWriter, namesOfFields } from './answers.ts'
import {
  categoriesOf,
  cellsOf,
  encodeClasses,
  encodeNumbers,
  placeOf,
  type Rounding,
} from './encode.ts'
import type { Table } from './read-csv.ts'
import type { Categories, Spellings } from './spellings.ts'

/** What a column to predict is, or several. */
export type TableTask = 'classification' | 'multi-label' | 'regression'

/** What the options say of labels. */
export interface LabelChoice {
  readonly targets: readonly string[]
  readonly task: TableTask
  readonly classes?: readonly string[] | undefined
  readonly spellings: Spellings
  readonly rounding: Rounding
}

/** The labels of a table in memory. */
export interface TableLabels {
  readonly field: Field
  encode(table: Table): LabelData
  /**
   * Looks at a table to test with.
   *
   * @throws DataError for a class that only it has, which is none that could be learned.
   */
  check(trained: LabelData, tested: LabelData, table: Table): void
}

/**
 * How columns become labels.
 *
 * @throws ConfigError for options that leave open how, or say it twice; DataError for fewer than two classes.
 */
export function tableLabels(tables: readonly Table[], choice: LabelChoice): TableLabels {
  const { targets, task, classes, rounding } = choice
  if (task === 'multi-label') return severalLabels(choice)
  const [target, ...more] = targets as [string, ...string[]]
  if (more.length > 0) {
    throw new ConfigError({
      where: 'csv.target',
      expected: `must be one column for \`task: ${task}\``,
      given: targets,
      hint: 'Several columns that say yes or no are `task: multi-label`; other outputs are read by `csv-stream`: `outputs: { ... }`.',
    })
  }
  if (classes !== undefined) {
    throw new ConfigError({
      where: 'csv.classes',
      expected: `must be left out of \`task: ${task}\`: they are those of the table`,
      given: classes,
    })
  }
  if (task === 'regression') {
    return {
      field: { shape: [], dtype: 'float32', targets: [target] },
      encode: (table) => encodeNumbers(table, target, rounding),
      check: () => undefined,
    }
  }
  const found = foundClasses(tables, target, choice.spellings)
  return {
    field: { shape: [], dtype: 'float32', classes: found.names },
    encode: (table) => encodeClasses(table, target, found),
    check(trained, tested, table) {
      const learned = new Set<number>(trained)
      const row = tested.findIndex((label: number) => !learned.has(label))
      if (row === -1) return
      throw new DataError({
        where: placeOf(table, row, target),
        expected: 'the class must be one of the training table, too',
        given: found.names[tested[row]!],
      })
    },
  }
}

/** Yes or no to each class: of a column for each, or of one that holds lists. */
function severalLabels({ targets, classes }: LabelChoice): TableLabels {
  if (targets.length === 1 && classes === undefined) {
    throw new ConfigError({
      where: 'csv.classes',
      expected:
        'must be given for `task: multi-label` of one column, whose cells hold lists of them',
    })
  }
  const names = targets.length === 1 ? classes! : namesOfFields(targets, classes, 'csv.classes')
  const write = answersWriter({ fields: targets, classes: names })
  return {
    field: { shape: [names.length], dtype: 'float32', classes: names, multiLabel: true },
    encode(table) {
      const cells = new Map(targets.map((target) => [target, cellsOf(table, target)]))
      const labels = new Float32Array(table.rows.length * names.length)
      for (const row of table.rows.keys()) {
        const source = {
          value: (field: string) => cells.get(field)![row],
          where: (field: string) => placeOf(table, row, field),
        }
        write(source, labels.subarray(row * names.length, (row + 1) * names.length))
      }
      return labels
    },
    check: () => undefined,
  }
}

function foundClasses(tables: readonly Table[], target: string, spellings: Spellings): Categories {
  const classes = categoriesOf(tables, target, spellings)
  if (classes.names.length > 1) return classes
  throw new DataError({
    where: tables.map(({ path }) => path).join(', '),
    expected: `column ${JSON.stringify(target)} must hold at least 2 classes`,
    given: classes.names,
  })
}
