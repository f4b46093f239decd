import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { DataError } from '@ashlar/errors'
import { isBuilt, nodeArguments } from '@ashlar/test-support'
import { readGuide, type Step } from './guide.ts'

const run = promisify(execFile)

/** Guides are run below this package, where its dependencies are found. */
const SCRATCH = fileURLToPath(new URL('../.cache/', import.meta.url))
const CLI = new URL('../../cli/', import.meta.url)

/** What a step printed. */
export interface StepOutput {
  readonly line: number
  readonly output: string
}

/**
 * Does what a guide says, in a folder that is gone afterwards: writes its files, runs its programs and its `ashlar` commands.
 *
 * @param name of the guide, for errors.
 * @returns what each program or command printed.
 * @throws DataError for the first step that fails: the line of its fence, and what it printed.
 */
export async function runGuide(name: string, markdown: string): Promise<StepOutput[]> {
  await mkdir(SCRATCH, { recursive: true })
  const folder = await mkdtemp(SCRATCH)
  const outputs: StepOutput[] = []
  try {
    for (const step of readGuide(markdown)) {
      for (const output of await perform(step, folder, name)) {
        outputs.push({ line: step.line, output })
      }
    }
    return outputs
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function perform(step: Step, folder: string, name: string): Promise<string[]> {
  const where = `${name}:${step.line}`
  if (step.kind === 'file') {
    await writeInside(folder, step.path, step.text, where)
    return []
  }
  if (step.kind === 'program') {
    const file = `program-${step.line}.ts`
    await writeInside(folder, file, step.text, where)
    return [await node([...nodeArguments(), file], folder, where)]
  }
  const outputs: string[] = []
  for (const command of step.commands) {
    const args = [...commandLine(), ...words(command).slice(1)]
    outputs.push(await node(args, folder, `${where} ${command}`))
  }
  return outputs
}

function commandLine(): string[] {
  if (isBuilt) return [fileURLToPath(new URL('dist/bin.js', CLI))]
  return [...nodeArguments(), fileURLToPath(new URL('src/from-source.ts', CLI))]
}

async function writeInside(
  folder: string,
  path: string,
  text: string,
  where: string,
): Promise<void> {
  const target = resolve(folder, path)
  if (!target.startsWith(folder + sep)) {
    throw new DataError({
      where,
      expected: 'a file must lie in the folder of the guide',
      given: path,
    })
  }
  await mkdir(dirname(target), { recursive: true })
  await writeFile(target, text)
}

async function node(args: readonly string[], folder: string, where: string): Promise<string> {
  // The command from source starts where INIT_CWD says, as under pnpm.
  const env = { ...process.env, INIT_CWD: folder, ASHLAR_HOME: join(folder, '.ashlar') }
  try {
    const { stdout } = await run(process.execPath, args, { cwd: folder, env, maxBuffer: 2 ** 26 })
    return stdout
  } catch (cause) {
    const { stdout = '', stderr = '' } = cause as { stdout?: string; stderr?: string }
    throw new DataError({
      where,
      expected: 'must run',
      hint: `${stdout}${stderr}`.trim(),
      cause,
    })
  }
}

/** Words of a command line; quotes keep spaces together. */
function words(command: string): string[] {
  return [...command.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    ([, single, double, plain]) => single ?? double ?? plain ?? '',
  )
}
