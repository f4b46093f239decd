import { type ColumnFacts, MOST_NAMES, type TableFacts, tellTales } from '@ashlar/datasets/look'
import { DataError } from '@ashlar/errors'
import { formatCount, formatMetric, formatPath } from '../../terminal/format.ts'
import { epochsFor, imbalanceOf, LEAST, quoted } from './common.ts'
import { labelsOf, likelyTask, NUMBERING, type TableTask, yesOrNo } from './targets.ts'

/** Categories beyond which each is told by a few numbers of an embedding, rather than by one number for each, */
const MOST_ONE_HOT = 12
/** where it has so many rows to learn them from. */
const ROWS_OF_EACH = 5

/** An experiment for a table. */
export interface TableDraft {
  readonly text: string
  readonly task: TableTask
  /** Columns that it does not predict from, and why. */
  readonly leftOut: readonly { readonly name: string; readonly reason: string }[]
  /** Columns that may be known only together with the target. */
  readonly suspects: readonly string[]
}

/** Where an experiment is written, and what somebody has decided. */
export interface TableChoices {
  /** As the experiment names them. */
  readonly paths: { readonly file: string; readonly test?: string }
  /** By default what the column looks like. */
  readonly task?: TableTask | undefined
  /** Columns that are not to be predicted from. */
  readonly without?: readonly string[] | undefined
}

/**
 * An experiment that predicts a column, or several that say yes or no, with comments.
 *
 * @throws DataError for a table that nothing can be learned from.
 */
export function tableExperiment(
  facts: TableFacts,
  targets: readonly string[],
  { paths, task: chosen, without = [] }: TableChoices,
): TableDraft {
  const predicted = columnsNamed(facts, targets)
  const [own] = predicted as [ColumnFacts]
  const task: TableTask = chosen ?? likelyTask(predicted)
  const isClass = task === 'classification'
  const isList = task === 'multi-label' && targets.length === 1
  const others = facts.columns.filter(({ name }) => !targets.includes(name))
  const leftOut = others.flatMap((column) => {
    const isUnwanted = without.includes(column.name)
    const reason = isUnwanted ? 'as was asked for' : uselessAs(column, facts)
    return reason === undefined ? [] : [{ name: column.name, reason }]
  })
  const used = others.filter(({ name }) => leftOut.every((each) => each.name !== name))
  checkUse(facts, predicted, { used, leftOut, task })
  const names = used.filter(({ kind }) => kind === 'text').map(({ name }) => name)
  const isEmbedded = used.some((column) => hasManyNames(column, facts.rows))
  const lacks = used.some(lacksCells)
  const batchSize = facts.rows < 500 ? 16 : facts.rows < 5000 ? 32 : 64
  const isUneven = isClass && imbalanceOf(own.countRange ?? [1]) >= 3
  const list = (all: readonly string[]) => `[${all.map(quoted).join(', ')}]`
  // A list may be empty: none is right.
  const lacksTarget = !isList && predicted.some(lacksCells)
  const isHeldOut = facts.rows >= 60
  const suspects = !isClass
    ? []
    : tellTales(facts.file, facts.delimiter, own.name).filter((name) =>
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
    `  target: ${targets.length > 1 ? list(targets) : quoted(own.name)}`,
    `  task: ${task}${REMARKS[task]}`,
    ...(isList
      ? [
          `  classes: ${list(sorted([...labelsOf(predicted).map(({ name }) => name), ...(own.onlyTested ?? [])]))}`,
        ]
      : []),
    ...(leftOut.length > 0 ? [`  features: ${list(used.map(({ name }) => name))}`] : []),
    ...(names.length > 0
      ? [`  categorical: ${list(names)}${isEmbedded ? '' : '   # one number for each name'}`]
      : []),
    ...(isEmbedded
      ? ['  categories: index       # for embeddings; one-hot is one number for each name']
      : []),
    ...(lacksTarget ? ['  unlabelled: drop        # rows without a value to predict'] : []),
    ...(lacks
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

/** What is said of a task in the experiment. */
const REMARKS: Readonly<Record<TableTask, string>> = {
  classification: '',
  'multi-label': '       # each may be right or not, whatever the others are',
  regression: '        # classification, if its numbers are names',
}

/** Whether some cell says nothing, of the test table too. */
function lacksCells({ missing, testMissing = 0 }: ColumnFacts): boolean {
  return missing + testMissing > 0
}

/** The columns of these names, in their order. */
function columnsNamed({ columns }: TableFacts, names: readonly string[]): ColumnFacts[] {
  return names.map((name) => columns.find((each) => each.name === name)!)
}

function sorted(names: readonly string[]): string[] {
  return [...names].sort()
}

/** What a run would refuse. */
function checkUse(
  { file, rows, test }: TableFacts,
  targets: readonly ColumnFacts[],
  {
    used,
    leftOut,
    task,
  }: {
    used: readonly ColumnFacts[]
    leftOut: TableDraft['leftOut']
    task: TableTask
  },
): void {
  const where = formatPath(file)
  const shown = targets.map(({ name }) => JSON.stringify(name)).join(', ')
  const [target] = targets as [ColumnFacts]
  for (const { name, distinct, counts } of targets) {
    if (distinct >= 2) continue
    throw new DataError({
      where,
      expected: `the column ${JSON.stringify(name)} must hold at least 2 values that differ, to be predicted`,
      given: counts.map((each) => each.name),
      hint: 'Choose another with --target COLUMN.',
    })
  }
  if (task === 'multi-label' && targets.length === 1 && target.listed === undefined) {
    throw new DataError({
      where,
      expected: `the column ${shown} must hold lists of names that come again, such as action|comedy, to be several labels`,
      given: target.counts.slice(0, 3).map(({ name }) => name),
      hint: 'Columns that say yes or no each are named one after the other: --target COLUMN --target COLUMN.',
    })
  }
  if (used.length === 0) {
    throw new DataError({
      where,
      expected: `must have a column to predict ${shown} from`,
      given: leftOut.map(({ name, reason }) => `${name} (left out: ${reason})`),
    })
  }
  if (task === 'regression' && target.kind === 'text') {
    throw new DataError({
      where,
      expected: `the column ${shown} must hold numbers for a regression`,
      given: target.counts.slice(0, 3).map(({ name }) => name),
    })
  }
  const { onlyTested = [] } = target
  if (test !== undefined && task === 'classification' && onlyTested.length > 0) {
    throw new DataError({
      where: formatPath(test),
      expected: `the classes of ${shown} must be those of ${where}, and it has others`,
      given: onlyTested,
      hint: 'What no row is trained on cannot be told. Name the table to train on alone, and some of its rows are held out to test with.',
    })
  }
  const known = rows - Math.max(...targets.map(({ missing }) => missing))
  if (test === undefined && known < LEAST) {
    throw new DataError({
      where,
      expected: `must have at least ${LEAST} rows with a value of ${shown}, to train and to test with`,
      given: known,
    })
  }
}

function uselessAs(column: ColumnFacts, { rows, test }: TableFacts): string | undefined {
  if (test !== undefined && column.testMissing === undefined) return 'not in the test table'
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
export function describeTable(
  facts: TableFacts,
  targets: readonly string[],
  draft: TableDraft,
): string[] {
  const predicted = columnsNamed(facts, targets)
  const test = facts.testRows === undefined ? '' : `, and ${formatCount(facts.testRows)} to test`
  const longest = Math.max(...facts.columns.map(({ name }) => name.length))
  const lacking = predicted.filter(lacksCells)
  const isList = draft.task === 'multi-label' && targets.length === 1
  return [
    `table       ${formatCount(facts.rows)} rows, ${facts.columns.length} columns${test}`,
    ...(facts.encoding === undefined
      ? []
      : [`text        is not UTF-8: taken for ${facts.encoding}`]),
    ...(facts.decimal === undefined ? [] : ['numbers     have a comma for their decimal sign']),
    ...describeTarget(facts, predicted, draft),
    ...facts.columns
      .filter(({ name }) => !targets.includes(name))
      .map((column, at) => {
        const left = draft.leftOut.find(({ name }) => name === column.name)
        const what =
          column.kind === 'number'
            ? `numbers ${spanOf(column)}`
            : `${formatCount(column.distinct)} names`
        const { missing, testMissing = 0 } = column
        const lacks = missing > 0 ? `, ${formatCount(missing)} missing` : ''
        const tested = testMissing > 0 ? `, ${formatCount(testMissing)} missing to test` : ''
        const out = left === undefined ? '' : ` (left out: ${left.reason})`
        return `${at === 0 ? 'columns     ' : '            '}${column.name.padEnd(longest)}  ${what}${lacks}${tested}${out}`
      }),
    ...(isList
      ? []
      : lacking.map(
          ({ name, missing, testMissing = 0 }) =>
            `missing     ${formatCount(missing + testMissing)} rows lack ${targets.length > 1 ? name : 'the target'}: they are left out`,
        )),
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

/** What is to be predicted. */
function describeTarget(
  facts: TableFacts,
  predicted: readonly ColumnFacts[],
  { task }: TableDraft,
): string[] {
  const [own] = predicted as [ColumnFacts]
  const names = predicted.map(({ name }) => name)
  const more = yesOrNo(facts).filter((name) => !names.includes(name))
  const offered =
    task === 'multi-label' || own.answers === undefined || more.length === 0
      ? []
      : [
          `labels?     ${more.join(', ')} ${more.length > 1 ? 'say' : 'says'} yes or no, too: several are predicted at once with --target for each`,
        ]
  if (task === 'regression') return [`target      ${own.name}: numbers ${spanOf(own)}`]
  if (task === 'classification') {
    const imbalance = imbalanceOf(own.countRange ?? [1])
    return [
      `target      ${own.name}: ${own.distinct} classes`,
      ...countLines(own.counts),
      `balance     ${imbalance < 1.5 ? 'even' : `the largest class has ${imbalance.toFixed(1)} times the rows of the smallest`}`,
      ...offered,
    ]
  }
  const labels = labelsOf(predicted)
  const all = labels.reduce((sum, { count }) => sum + count, 0)
  const what = predicted.length > 1 ? 'yes or no to each' : `lists of them in ${own.name}`
  return [
    `target      ${labels.length} labels, ${what}`,
    ...countLines(labels),
    `labels      ${formatMetric(all / facts.rows)} of a row on average`,
  ]
}

function countLines(counts: ColumnFacts['counts']): string[] {
  const shown = counts.slice(0, 20)
  const widest = Math.max(...shown.map(({ name }) => name.length))
  return [
    ...shown.map(({ name, count }) => `            ${name.padEnd(widest)}  ${formatCount(count)}`),
    ...(counts.length > shown.length
      ? [`            and ${formatCount(counts.length - shown.length)} more`]
      : []),
  ]
}

function spanOf({ range }: ColumnFacts): string {
  return range === undefined ? '' : `${formatMetric(range[0])} to ${formatMetric(range[1])}`
}
