import { stat } from 'node:fs/promises'
import { basename, dirname, extname, join, relative, resolve, sep } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { writeFileSafely } from '@ashlar/core/files'
import {
  hasPictures,
  lookAtPictures,
  lookAtTable,
  type PictureFacts,
  type TableFacts,
} from '@ashlar/datasets/look'
import { ConfigError, DataError } from '@ashlar/errors'
import { formatPath } from '../terminal/format.ts'
import type { Output } from '../terminal/output.ts'
import {
  describePictures,
  pictureExperiment,
  sideLimits,
  sizesFor,
} from './new-experiment/pictures.ts'
import { describeTable, tableExperiment } from './new-experiment/table.ts'
import {
  checkTargets,
  likelyTargets,
  mayBeEither,
  type TableTask,
  targetsIn,
  yesOrNo,
} from './new-experiment/targets.ts'

/** What to write an experiment for. */
export interface NewExperimentRequest {
  /** A folder or a table. */
  readonly data: string
  /** Another table of the same columns, to test with. */
  readonly test?: string | undefined
  /** Of a table: the column to predict, or several that say yes or no. */
  readonly target?: readonly string[] | undefined
  /** Of a table: what is to be predicted. */
  readonly task?: TableTask | undefined
  /** Of pictures: height and width that they are brought to. */
  readonly size?: number | undefined
  /** Decides instead of asking. */
  readonly yes?: boolean | undefined
  /** The file to write; by default one in the working folder, called as the data. */
  readonly out?: string | undefined
  /** What the user types to start the program. */
  readonly program: string
}

/** What is written, and what was seen. */
interface Draft {
  readonly text: string
  readonly seen: readonly string[]
  readonly facts: object
}

/**
 * Looks at data, asks what cannot be seen, and writes an experiment that fits.
 *
 * @throws DataError for data that no dataset reads; ConfigError for a file that is there already, and a target that is no column.
 */
export async function writeExperiment(
  request: NewExperimentRequest,
  output: Output,
): Promise<void> {
  const data = resolve(request.data)
  const found = await stat(data).catch(() => undefined)
  if (found === undefined) {
    throw new DataError({
      where: request.data,
      expected: 'must be a folder of pictures or a table',
      hint: 'There is nothing at this path.',
    })
  }
  const file = resolve(request.out ?? `${nameOf(data)}.yaml`)
  if (['.yaml', '.yml'].every((each) => extname(file) !== each)) {
    throw new ConfigError({
      where: '--out',
      expected: 'must be a file that ends in .yaml',
      given: request.out,
    })
  }
  if ((await stat(file).catch(() => undefined)) !== undefined) {
    throw new ConfigError({
      where: formatPath(file),
      expected: 'the file must be new: it is there already',
      hint: 'Choose another with --out FILE.',
    })
  }
  const ask = asker(request)
  const draft = found.isDirectory()
    ? await draftForFolder(request, { data, file }, ask)
    : await draftForTable(request, await lookAtTable(data, testOf(request)), file, ask)
  await writeFileSafely(file, draft.text)
  for (const line of draft.seen) output.line(line)
  output.line()
  output.line(`wrote ${formatPath(file)}`)
  output.line()
  output.line('Next:')
  output.line(`  ${request.program} run ${formatPath(file)}`)
  output.result({ file, ...draft.facts })
}

/**
 * Asks for something.
 *
 * @param problem what is wrong with an answer, to be asked again; undefined for nothing.
 */
type Ask = (
  question: string,
  proposed: string,
  problem: (answer: string) => string | undefined,
) => Promise<string>

const TASKS: readonly TableTask[] = ['classification', 'regression']

/** Refuses what is none of some words. */
const oneOf = (words: readonly string[]) => (answer: string) =>
  words.includes(answer) ? undefined : `must be one of ${words.join(', ')}`

async function draftForFolder(
  request: NewExperimentRequest,
  { data, file }: { data: string; file: string },
  ask: Ask,
): Promise<Draft> {
  const train = join(data, 'train.csv')
  if ((await stat(train).catch(() => undefined)) !== undefined) {
    const test = join(data, 'test.csv')
    const isThere = (await stat(test).catch(() => undefined)) !== undefined
    const facts = await lookAtTable(train, testOf(request) ?? (isThere ? test : undefined))
    return draftForTable(request, facts, file, ask)
  }
  if (!(await hasPictures(data))) {
    throw new DataError({
      where: request.data,
      expected:
        'must be a folder with a sub folder of pictures for each class, one with train and test that are such folders, or a table in CSV',
    })
  }
  const facts = await lookAtPictures(data)
  const proposed = String(sizesFor(facts)[0])
  const question = 'height and width that the pictures are brought to'
  const size = request.size ?? Number(await ask(question, proposed, sizeProblem))
  const problem = sizeProblem(String(size))
  if (problem !== undefined) {
    throw new ConfigError({
      where: 'ashlar new experiment',
      expected: `the size ${problem}`,
      given: size,
    })
  }
  const written = { ...facts, ...fromFile(file, facts) }
  return { text: pictureExperiment(written, size), seen: describePictures(facts), facts }
}

function sizeProblem(text: string): string | undefined {
  const [smallest, largest] = sideLimits
  const size = Number(text)
  if (Number.isInteger(size) && size >= smallest && size <= largest) return undefined
  return `must be a whole number from ${smallest} to ${largest}`
}

async function draftForTable(
  request: NewExperimentRequest,
  seen: TableFacts,
  file: string,
  ask: Ask,
): Promise<Draft> {
  const targets = request.target ?? (await chooseTargets(request, seen, ask))
  checkTargets(targets, seen)
  // Whoever sets a task often gives the rows to predict beside those to learn from.
  const unanswered =
    seen.test === undefined ? undefined : targets.find((name) => isUntested(seen, name))
  const facts = unanswered === undefined ? seen : withoutTest(seen)
  const untested =
    unanswered === undefined
      ? []
      : [
          `test        ${formatPath(seen.test!)} has no ${unanswered}: its rows are to be predicted, and others held out to test with`,
        ]
  const paths = {
    file: pathFrom(file, facts.file),
    ...(facts.test !== undefined && { test: pathFrom(file, facts.test) }),
  }
  const own = facts.columns.find(({ name }) => name === targets[0])!
  const numbers = `whether its ${own.distinct} numbers are classes (classification) or amounts (regression)`
  const task =
    request.task ??
    (targets.length === 1 && mayBeEither(own)
      ? ((await ask(numbers, 'classification', oneOf(TASKS))) as TableTask)
      : undefined)
  checkTask(task, targets)
  const choices = { paths, task }
  const first = tableExperiment(facts, targets, choices)
  const { suspects } = first
  const isAsked = suspects.length > 0
  const leave = `whether to leave out what alone tells the target: ${suspects.join(', ')} (yes or no)`
  const isLeft = isAsked && (await ask(leave, 'no', oneOf(['yes', 'no']))) === 'yes'
  const draft = isLeft ? tableExperiment(facts, targets, { ...choices, without: suspects }) : first
  const target = targets.length > 1 ? targets : targets[0]!
  return {
    text: draft.text,
    seen: [...describeTable(facts, targets, draft), ...untested],
    facts: { ...facts, target, task: draft.task, leftOut: draft.leftOut, suspects: draft.suspects },
  }
}

/** Whether the test table has no such column, or says nothing in it. */
function isUntested({ columns, testRows }: TableFacts, target: string): boolean {
  const missing = columns.find(({ name }) => name === target)?.testMissing
  return missing === undefined || missing === testRows
}

/** A table without the one to test with. */
function withoutTest({ test: _, testRows: __, columns, ...facts }: TableFacts): TableFacts {
  return {
    ...facts,
    leaks: 0,
    columns: columns.map(({ testMissing: _, ...column }) => column),
  }
}

/** Columns that a question names. */
const SHOWN = 8

/** The columns to predict: of several labels, all that say yes or no, if nobody says otherwise. */
async function chooseTargets(
  { task }: NewExperimentRequest,
  facts: TableFacts,
  ask: Ask,
): Promise<readonly string[]> {
  const answers = yesOrNo(facts)
  const likely = likelyTargets(facts)
  const isList = facts.columns.some(({ name, listed }) => name === likely[0] && listed)
  const proposed = task === 'multi-label' && !isList && answers.length > 1 ? answers : likely
  const shown = answers.slice(0, SHOWN).join(', ')
  const more = answers.length > SHOWN ? ' and others' : ''
  const question =
    answers.length > 1
      ? `column to predict, or several labels with commas between (of ${shown}${more})`
      : 'column to predict'
  const answer = await ask(question, proposed.join(', '), (given) => {
    const found = targetsIn(given, facts)
    return typeof found === 'string' ? found : undefined
  })
  // What is proposed is right, even where names have commas in them.
  return answer === proposed.join(', ') ? proposed : (targetsIn(answer, facts) as string[])
}

/** @throws ConfigError for several columns that are to be one answer. */
function checkTask(task: TableTask | undefined, targets: readonly string[]): void {
  if (targets.length === 1 || task === undefined || task === 'multi-label') return
  throw new ConfigError({
    where: 'ashlar new experiment',
    expected: `there must be one column to predict for --task ${task}`,
    given: targets,
    hint: 'Several that say yes or no are --task multi-label.',
  })
}

function testOf({ test }: NewExperimentRequest): string | undefined {
  return test === undefined ? undefined : resolve(test)
}

function fromFile(
  file: string,
  { folder, test, validation }: PictureFacts,
): Pick<PictureFacts, 'folder' | 'test' | 'validation'> {
  return {
    folder: pathFrom(file, folder),
    ...(test !== undefined && { test: pathFrom(file, test) }),
    ...(validation !== undefined && { validation: pathFrom(file, validation) }),
  }
}

/** Paths of an experiment start where its file lies. */
function pathFrom(file: string, path: string): string {
  return (relative(dirname(file), path) || '.').split(sep).join('/')
}

/** An experiment's name becomes that of a folder. */
function nameOf(path: string): string {
  const name = basename(path, extname(path))
    .normalize('NFKD')
    .replace(/[^\w.-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+|-+$/g, '')
  return name === '' ? 'experiment' : name
}

/** Asks on a terminal; elsewhere, and with `--yes`, what is proposed is taken. */
function asker({ yes }: NewExperimentRequest): Ask {
  const { stdin, stdout } = process
  if (yes || !stdin.isTTY || !stdout.isTTY) return (_, proposed) => Promise.resolve(proposed)
  return async (question, proposed, problem) => {
    const lines = createInterface({ input: stdin, output: stdout })
    try {
      for (;;) {
        const given = (await lines.question(`${question} [${proposed}]: `)).trim()
        const answer = given === '' ? proposed : given
        const wrong = problem(answer)
        if (wrong === undefined) return answer
        stdout.write(`  ${wrong}\n`)
      }
    } finally {
      lines.close()
    }
  }
}
