import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ROOT } from './packages.ts'
import { run } from './run.ts'

/** Options of npm that keep it from talking. */
export const QUIET: readonly string[] = ['--no-audit', '--no-fund', '--prefer-offline']

let ready: Promise<Project> | undefined

/** A user's project outside of the workspace, with all packages installed by npm. */
export interface Project {
  readonly folder: string
  /** The packed packages that were installed. */
  readonly tarballs: readonly string[]
  /** What npm had to say. */
  readonly output: string
}

/** Builds, packs and installs; once for all tests of this process, at whose end the project is removed. */
export function installedProject(): Promise<Project> {
  // The first test that asks shows why it failed; the others need not repeat that.
  if (ready !== undefined) return ready.catch(() => Promise.reject(new Error('not installed')))
  ready = install()
  return ready
}

async function install(): Promise<Project> {
  const temporary = mkdtempSync(join(tmpdir(), 'ashlar-e2e-'))
  process.once('exit', () => rmSync(temporary, { recursive: true, force: true }))
  const packed = join(temporary, 'packed')
  await run(process.execPath, ['scripts/pack.js', '--out', packed], ROOT)
  const tarballs = readdirSync(packed).map((file) => join(packed, file))

  const folder = join(temporary, 'project')
  mkdirSync(folder)
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'project', private: true, type: 'module' }),
  )
  writeFileSync(join(folder, '.gitignore'), 'node_modules/\n')
  // Where the packages came from is of no interest.
  writeFileSync(join(folder, '.npmrc'), 'omit-lockfile-registry-resolved=true\n')
  const output = await run(
    'npm',
    ['install', '--ignore-scripts', ...QUIET, ...tarballs],
    folder,
    'both',
  )
  return { folder, tarballs, output }
}
