import { readdir, readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { formatPath } from '../terminal/format.ts'
import type { Output } from '../terminal/output.ts'

/** The keyword by which packages of plugins are known. */
export const PLUGIN_KEYWORD = 'ashlar-plugin'

/** A package of plugins that is installed. */
export interface AvailablePackage {
  readonly name: string
  readonly version: string
  readonly description: string
  /** Absolute. */
  readonly folder: string
}

/**
 * The packages with the keyword `ashlar-plugin` that a module in `start` could import. Reads their manifests; loads nothing.
 * Of one name the nearest counts.
 */
async function availablePackages(start: string): Promise<AvailablePackage[]> {
  const found = new Map<string, AvailablePackage>()
  for (let folder = resolve(start); ; folder = dirname(folder)) {
    for (const each of await packagesIn(join(folder, 'node_modules'))) {
      if (!found.has(each.name)) found.set(each.name, each)
    }
    if (dirname(folder) === folder) break
  }
  return [...found.values()].sort((a, b) => a.name.localeCompare(b.name))
}

/** Lists the {@link availablePackages} of the working folder. */
export async function listAvailable(output: Output): Promise<void> {
  const packages = await availablePackages(process.cwd())
  const { cyan, dim } = output.colors
  for (const { name, version, description, folder } of packages) {
    output.line(`${cyan(name)} ${version}  ${description} ${dim(`(${formatPath(folder)})`)}`)
  }
  output.line(
    packages.length > 0
      ? '\nAn experiment loads those that it names: plugins: [NAME]'
      : `No installed package has the keyword ${PLUGIN_KEYWORD}.`,
  )
  output.result({ packages })
}

async function packagesIn(folder: string): Promise<AvailablePackage[]> {
  const names = await namesIn(folder)
  const scoped = await Promise.all(
    names
      .filter((name) => name.startsWith('@'))
      .map(async (scope) => (await namesIn(join(folder, scope))).map((name) => `${scope}/${name}`)),
  )
  const plain = names.filter((name) => !name.startsWith('@') && !name.startsWith('.'))
  const read = await Promise.all(
    [...plain, ...scoped.flat()].map((name) => readPackage(folder, name)),
  )
  return read.flatMap((each) => each ?? [])
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => [])
}

/** Undefined for what is no package of plugins: a manifest that cannot be read is somebody else's trouble. */
async function readPackage(modules: string, name: string): Promise<AvailablePackage | undefined> {
  const folder = join(modules, name)
  try {
    const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as {
      keywords?: unknown
      version?: unknown
      description?: unknown
    }
    const { keywords, version = '', description = '' } = manifest
    if (!Array.isArray(keywords) || !keywords.includes(PLUGIN_KEYWORD)) return undefined
    return { name, version: String(version), description: String(description), folder }
  } catch {
    return undefined
  }
}
