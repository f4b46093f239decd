import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of the workspace. */
export const ROOT: string = fileURLToPath(new URL('../../../../', import.meta.url))

/** The parts of a package.json that these tests use. */
export interface Manifest {
  readonly name: string
  readonly private?: boolean
  /** What the package holds besides the files that every package does. */
  readonly files: readonly string[]
  /** The package of others whose place it takes in what is published. */
  readonly standsFor?: string
  readonly exports: Readonly<Record<string, unknown>>
}

/** The packages that go to users. */
export function publishedPackages(): Manifest[] {
  const folder = join(ROOT, 'packages')
  return readdirSync(folder)
    .map((name) => join(folder, name, 'package.json'))
    .filter((file) => existsSync(file))
    .map((file): Manifest => JSON.parse(readFileSync(file, 'utf8')))
    .filter((manifest) => manifest.private !== true)
}

/** What a package can be imported as: `@ashlar/core`, `@ashlar/core/testing`. */
export function entryPoints({ name, exports }: Manifest): string[] {
  return (
    Object.keys(exports)
      // Named files of what a package stands for are CommonJS, and for packages of ours alone.
      .filter((path) => !/\.js(on)?$/.test(path))
      .map((path) => name + path.slice(1))
  )
}
