import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, extname, parse } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ConfigError, closest } from '@ashlar/errors'
import { sharePackages } from './share-packages.ts'

/** Endings of JavaScript and TypeScript; the likeliest come first. */
export const moduleExtensions: readonly string[] = ['.ts', '.mts', '.js', '.mjs', '.cjs']

/** How likely the name of a file is what somebody meant: 0 the most, -1 not at all. */
export type RankOfFile = (file: string) => number

const rankOfModule: RankOfFile = (file) => moduleExtensions.indexOf(extname(file))

/**
 * Imports a JavaScript or TypeScript module of the user.
 *
 * Node strips types by itself from 22.18 on; before, the package `tsx` does it where it is installed.
 *
 * @param rankOf which files beside it may have been meant, where there is none of this name; modules when left out.
 * @throws ConfigError when the file is missing, cannot be understood or throws.
 */
export async function importModule(
  path: string,
  rankOf: RankOfFile = rankOfModule,
): Promise<Readonly<Record<string, unknown>>> {
  await readable(path, rankOf)
  try {
    return await importFile(path)
  } catch (error) {
    if (error instanceof ConfigError) throw error
    throw new ConfigError({
      where: path,
      expected: `the module must load: ${messageOf(error)}`,
      cause: error,
    })
  }
}

async function importFile(path: string): Promise<Record<string, unknown>> {
  // Before the first try: Node keeps a failed import, and would fail again under the same address.
  await readTypeScript(path)
  sharePackages()
  return (await import(pathToFileURL(path).href)) as Record<string, unknown>
}

let reading: Promise<boolean> | undefined

/**
 * Lets this Node read TypeScript: the module itself, and what it imports, now or later.
 *
 * @throws ConfigError for a TypeScript module that neither Node nor tsx reads.
 */
async function readTypeScript(path: string): Promise<void> {
  if ('typescript' in process.features && process.features.typescript) return
  reading ??= import('tsx/esm/api').then(
    ({ register }) => {
      register()
      return true
    },
    () => false,
  )
  if ((await reading) || !/\.[cm]?tsx?$/.test(path)) return
  throw new ConfigError({
    where: path,
    expected: `Node ${process.versions.node} must be able to read TypeScript`,
    hint: 'Install the package tsx (npm install tsx), or use Node 22.18 or newer.',
  })
}

/** Told apart from a module that is missing further inside, which is the module's own trouble. */
async function readable(path: string, rankOf: RankOfFile): Promise<void> {
  await readFile(path).catch((error: unknown) => {
    throw unreadable(path, error, rankOf)
  })
}

/**
 * The error for a file of the user that cannot be read.
 *
 * @param rankOf which files beside it may have been meant, where there is none of this name.
 */
export function unreadable(path: string, error: unknown, rankOf: RankOfFile): ConfigError {
  if (codeOf(error) === 'ENOENT') {
    const near = neighbour(path, rankOf)
    return new ConfigError({
      where: path,
      expected: 'the file must exist',
      hint: near === undefined ? undefined : `Did you mean ${JSON.stringify(near)}?`,
      cause: error,
    })
  }
  return new ConfigError({
    where: path,
    expected: `the file must be readable: ${messageOf(error)}`,
    cause: error,
  })
}

/** The file beside a path whose name is closest to it: `digits.yaml` for `digits.yml`. Of several endings the one that was given is the likeliest. */
function neighbour(path: string, rankOf: RankOfFile): string | undefined {
  try {
    const { name: wanted, ext } = parse(path)
    const likelihood = (file: string) => (extname(file) === ext ? -1 : rankOf(file))
    const files = readdirSync(dirname(path), { withFileTypes: true })
      .filter((each) => each.isFile())
      .map(({ name }) => name)
      .filter((file) => extname(file) === ext || rankOf(file) >= 0)
      .sort((a, b) => likelihood(a) - likelihood(b))
    // Endings are alike whatever the names are.
    const stemOf = (file: string) => parse(file).name
    const near = closest(wanted, files.map(stemOf))
    return files.find((file) => stemOf(file) === near)
  } catch {
    // There is no such folder either.
    return undefined
  }
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | null)?.code
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]!
}
