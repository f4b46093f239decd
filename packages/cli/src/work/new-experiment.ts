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
import { ConfigError, DataError, unknownName } from '@ashlar/errors'
import { formatPath } from '../terminal/format.ts'
import type { Output } from '../terminal/output.ts'
import { describePictures, pictureExperiment, sizesFor } from './new-experiment/pictures.ts'
import { describeTable, likelyTarget, tableExperiment } from './new-experiment/table.ts'

/** What to write an experiment for. */
export interface NewExperimentRequest {
  /** A folder or a table. */
  readonly data: string
  /** Another table of the same columns, to test with. */
  readonly test?: string | undefined
  /** The column to predict. */
  readonly target?: string | undefined
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

type Ask = (question: string, proposed: string) => Promise<string>

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
  const size = Number(await ask('height and width that the pictures are brought to', proposed))
  if (!Number.isInteger(size) || size < 8 || size > 1024) {
    throw new ConfigError({
      where: 'ashlar new experiment',
      expected: 'the size must be a whole number from 8 to 1024',
      given: size,
    })
  }
  const written = { ...facts, ...fromFile(file, facts) }
  return { text: pictureExperiment(written, size), seen: describePictures(facts), facts }
}

async function draftForTable(
  request: NewExperimentRequest,
  facts: TableFacts,
  file: string,
  ask: Ask,
): Promise<Draft> {
  const columns = facts.columns.map(({ name }) => name)
  const target = request.target ?? (await ask('column to predict', likelyTarget(facts)))
  if (!columns.includes(target)) {
    throw new ConfigError(unknownName('ashlar new experiment', 'column', target, columns))
  }
  const paths = {
    file: pathFrom(file, facts.file),
    ...(facts.test !== undefined && { test: pathFrom(file, facts.test) }),
  }
  const draft = tableExperiment(facts, target, paths)
  return {
    text: draft.text,
    seen: describeTable(facts, target, draft),
    facts: { ...facts, target, task: draft.task, leftOut: draft.leftOut, suspects: draft.suspects },
  }
}

function testOf({ test }: NewExperimentRequest): string | undefined {
  return test === undefined ? undefined : resolve(test)
}

function fromFile(
  file: string,
  facts: Pick<PictureFacts, 'folder' | 'test' | 'validation'>,
): Pick<PictureFacts, 'folder' | 'test' | 'validation'> {
  return {
    folder: pathFrom(file, facts.folder),
    ...(facts.validation !== undefined && { validation: pathFrom(file, facts.validation) }),
    ...(facts.test !== undefined && { test: pathFrom(file, facts.test) }),
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
  return async (question, proposed) => {
    const lines = createInterface({ input: stdin, output: stdout })
    try {
      const answer = await lines.question(`${question} [${proposed}]: `)
      return answer.trim() === '' ? proposed : answer.trim()
    } finally {
      lines.close()
    }
  }
}
