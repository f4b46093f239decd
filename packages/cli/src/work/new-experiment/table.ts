import { type ColumnFacts, MOST_NAMES, type TableFacts, tellTales } from '@ashlar/datasets/look'
import { DataError } from '@ashlar/errors'
import { formatCount, formatMetric, formatPath } from '../../terminal/format.ts'
import { epochsFor, imbalanceOf, LEAST, quoted } from './common.ts'

/** What people call the column to predict. */
const USUAL =
  /^(target|label|labels|class|classes|y|outcome|category|species|survived|churn|churned|price|result)$/i
const NUMBERING = /^(|id|index|row|nr|no|number|unnamed.*|.*[_ -]id|uuid|key)$/i

/** Whole numbers of so few values are classes. */
const MOST_NUMBERED = 10

/** Categories beyond which each is told by a few numbers of an embedding, rather than by one number for each, */
const MOST_ONE_HOT = 12
/** where it has so many rows to learn them from. */
const ROWS_OF_EACH = 5

/** A column that looks as if it is the one to predict. */
export function likelyTarget({ columns }: TableFacts): string {
  const usual = columns.find(({ name, distinct }) => USUAL.test(name) && distinct > 1)
  const useful = columns.filter((each) => each.distinct > 1 && !NUMBERING.test(each.name))
  return (usual ?? useful.at(-1) ?? columns.at(-1)!).name
}

/** An experiment for a table. */
export interface TableDraft {
  readonly text: string
  readonly task: TableTask
  /** Columns that it does not predict from, and why. */
  readonly leftOut: readonly { readonly name: string; readonly reason: string }[]
  /** Columns that may be known only together with the target. */
  readonly suspects: readonly string[]
}

/** What is to be predicted. */
export type TableTask = 'classification' | 'regression'

/** Where an experiment is written, and what somebody has decided. */
export interface TableChoices {
  /** As the experiment names them. */
  readonly paths: { readonly file: string; readonly test?: string }
  /** By default what the column looks like. */
  readonly task?: TableTask | undefined
  /** Columns that are not to be predicted from. */
  readonly without?: readonly string[] | undefined
}

/** Whether a column to predict may be either: numbers that stand for classes, or that are counted. */
export function mayBeEither({ kind, isWhole, distinct }: ColumnFacts): boolean {
  return kind === 'number' && isWhole === true && distinct <= MOST_NUMBERED
}

/**
 * An experiment that predicts a column, with comments.
 *
 * @throws DataError for a table that nothing can be learned from.
 */
export function tableExperiment(
  facts: TableFacts,
  target: string,
  { paths, task: chosen, without = [] }: TableChoices,
): TableDraft {
  const own = facts.columns.find(({ name }) => name === target)!
  const likely = own.kind === 'text' || mayBeEither(own) ? 'classification' : 'regression'
  const task: TableTask = chosen ?? likely
  const isClass = task === 'classification'
  const others = facts.columns.filter(({ name }) => name !== target)
  const leftOut = others.flatMap((column) => {
    const isUnwanted = without.includes(column.name)
    const reason = isUnwanted ? 'as was asked for' : uselessAs(column, facts.rows)
    return reason === undefined ? [] : [{ name: column.name, reason }]
  })
  const used = others.filter(({ name }) => leftOut.every((each) => each.name !== name))
  checkUse(facts, own, { used, leftOut, isNumbers: !isClass })
  const names = used.filter(({ kind }) => kind === 'text').map(({ name }) => name)
  const isEmbedded = used.some((column) => hasManyNames(column, facts.rows))
  const lacks = used.some(({ missing }) => missing > 0)
  const batchSize = facts.rows < 500 ? 16 : facts.rows < 5000 ? 32 : 64
  const isUneven = isClass && imbalanceOf(own.counts) >= 3
  const list = (all: readonly string[]) => `[${all.map(quoted).join(', ')}]`
  const isHeldOut = facts.rows >= 60
  const suspects = !isClass
    ? []
    : tellTales(facts.file, facts.delimiter, target).filter((name) =>
        used.some((each) => each.name === name),
      )
  const lines = [
    `# ${formatCount(facts.rows)} rows. What can follow from the data does: number of outputs, loss, metric.`,
    `# See every option: ashlar plugins csv, ashlar plugins ${isEmbedded ? 'table-network' : 'mlp'}.`,
    'model:',
    ...(isEmbedded
      ? [
          '  name: table-network     # an embedding for each category, as large as its names are many',
        ]
      : ['  name: mlp']),
    '  hidden: [64, 32]        # widths of the layers',
    'dataset:',
    '  name: csv',
    `  file: ${quoted(paths.file)}`,
    ...(paths.test === undefined
      ? ['  testPart: 0.2           # held out to test with, chosen by the seed']
      : [`  test: ${quoted(paths.test)}`]),
    ...(isHeldOut ? ['  validation: 0.15        # held out to stop by'] : []),
    ...(facts.delimiter === ',' ? [] : [`  delimiter: ${JSON.stringify(facts.delimiter)}`]),
    ...(facts.decimal === undefined
      ? []
      : [`  decimal: "${facts.decimal}"           # 1.234,5 is a number`]),
    ...(facts.encoding === undefined
      ? []
      : [`  encoding: ${facts.encoding}  # it is not UTF-8; another, if letters are wrong`]),
    `  target: ${quoted(target)}`,
    `  task: ${task}${isClass ? '' : '        # classification, if its numbers are names'}`,
    ...(leftOut.length > 0 ? [`  features: ${list(used.map(({ name }) => name))}`] : []),
    ...(names.length > 0
      ? [`  categorical: ${list(names)}${isEmbedded ? '' : '   # one number for each name'}`]
      : []),
    ...(isEmbedded
      ? ['  categories: index       # for embeddings; one-hot is one number for each name']
      : []),
    ...(own.missing > 0
      ? ['  missing: drop           # rows without a value, of the target too']
      : lacks
        ? [
            '  missing: median         # what stands for empty cells; drop leaves their rows out',
            '  missingIndicator: true  # another column says where',
          ]
        : []),
    '  standardize: true       # by the training rows alone; goes along with the model',
    'optimizer:',
    '  name: adam',
    '  learningRate: 0.005',
    ...(isUneven ? ['classWeights: balanced    # small classes count as much as large ones'] : []),
    `epochs: ${epochsFor(facts.rows * 0.8, batchSize)}`,
    `batchSize: ${batchSize}`,
    ...(isHeldOut
      ? ['callbacks:', '  early-stopping: { monitor: val_loss, patience: 12, restoreBest: true }']
      : []),
  ]
  return { text: `${lines.join('\n')}\n`, task, leftOut, suspects }
}

/** What a run would refuse. */
function checkUse(
  { file, rows, test }: TableFacts,
  target: ColumnFacts,
  {
    used,
    leftOut,
    isNumbers,
  }: {
    used: readonly ColumnFacts[]
    leftOut: TableDraft['leftOut']
    isNumbers: boolean
  },
): void {
  const where = formatPath(file)
  if (target.distinct < 2) {
    throw new DataError({
      where,
      expected: `the column ${JSON.stringify(target.name)} must hold at least 2 values that differ, to be predicted`,
      given: target.counts.map(({ name }) => name),
      hint: 'Choose another with --target COLUMN.',
    })
  }
  if (used.length === 0) {
    throw new DataError({
      where,
      expected: `must have a column to predict ${JSON.stringify(target.name)} from`,
      given: leftOut.map(({ name, reason }) => `${name} (left out: ${reason})`),
    })
  }
  if (isNumbers && target.kind === 'text') {
    throw new DataError({
      where,
      expected: `the column ${JSON.stringify(target.name)} must hold numbers for a regression`,
      given: target.counts.slice(0, 3).map(({ name }) => name),
    })
  }
  const known = rows - target.missing
  if (test === undefined && known < LEAST) {
    throw new DataError({
      where,
      expected: `must have at least ${LEAST} rows with a value of ${JSON.stringify(target.name)}, to train and to test with`,
      given: known,
    })
  }
}

function uselessAs(column: ColumnFacts, rows: number): string | undefined {
  if (column.distinct === 0) return 'empty'
  if (column.distinct === 1) return 'one value alone'
  const isOwn = column.distinct === rows
  if (isOwn && column.isWhole !== false && NUMBERING.test(column.name)) return 'numbers the rows'
  if (column.kind === 'text' && column.distinct > MOST_NAMES && !hasManyNames(column, rows)) {
    return `${formatCount(column.distinct)} texts that differ`
  }
  return undefined
}

/** Whether a column has many names, and enough rows of each. */
function hasManyNames({ kind, distinct }: ColumnFacts, rows: number): boolean {
  return kind === 'text' && distinct > MOST_ONE_HOT && distinct * ROWS_OF_EACH <= rows
}

/** What was seen, for people. */
export function describeTable(facts: TableFacts, target: string, draft: TableDraft): string[] {
  const own = facts.columns.find(({ name }) => name === target)!
  const test = facts.testRows === undefined ? '' : `, and ${formatCount(facts.testRows)} to test`
  const longest = Math.max(...facts.columns.map(({ name }) => name.length))
  const imbalance = imbalanceOf(own.counts)
  const isClass = draft.task === 'classification'
  const shown = own.counts.slice(0, 20)
  const widest = Math.max(...shown.map(({ name }) => name.length))
  return [
    `table       ${formatCount(facts.rows)} rows, ${facts.columns.length} columns${test}`,
    ...(facts.encoding === undefined
      ? []
      : [`text        is not UTF-8: taken for ${facts.encoding}`]),
    ...(facts.decimal === undefined ? [] : ['numbers     have a comma for their decimal sign']),
    `target      ${target}: ${isClass ? `${own.distinct} classes` : `numbers ${spanOf(own)}`}`,
    ...(isClass
      ? [
          ...shown.map(
            ({ name, count }) => `            ${name.padEnd(widest)}  ${formatCount(count)}`,
          ),
          `balance     ${imbalance < 1.5 ? 'even' : `the largest class has ${imbalance.toFixed(1)} times the rows of the smallest`}`,
        ]
      : []),
    ...facts.columns
      .filter(({ name }) => name !== target)
      .map((column, at) => {
        const left = draft.leftOut.find(({ name }) => name === column.name)
        const what =
          column.kind === 'number'
            ? `numbers ${spanOf(column)}`
            : `${formatCount(column.distinct)} names`
        const lacks = column.missing > 0 ? `, ${formatCount(column.missing)} missing` : ''
        const out = left === undefined ? '' : ` (left out: ${left.reason})`
        return `${at === 0 ? 'columns     ' : '            '}${column.name.padEnd(longest)}  ${what}${lacks}${out}`
      }),
    ...(own.missing > 0
      ? [`missing     ${formatCount(own.missing)} rows lack the target: they are left out`]
      : []),
    ...(facts.leaks > 0
      ? [
          `leaks       ${formatCount(facts.leaks)} test rows are training rows, too: the test says too much`,
        ]
      : []),
    ...(draft.suspects.length > 0
      ? [
          `leaks?      ${draft.suspects.join(', ')} alone tells the target: leave it out if it is not known before`,
        ]
      : []),
    ...(facts.copies > 0
      ? [
          `copies      ${formatCount(facts.copies)} rows are there twice${facts.test === undefined ? ': copies may fall into training and test' : ''}`,
        ]
      : []),
  ]
}

function spanOf({ range }: ColumnFacts): string {
  return range === undefined ? '' : `${formatMetric(range[0])} to ${formatMetric(range[1])}`
}
