import { spawnSync } from 'node:child_process'
import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { withFolder } from './temp-folder.js'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

/** How a test file of a workspace begins. */
export const HEAD =
  "import { suite } from 'uvu'\nimport * as assert from 'uvu/assert'\nconst t = suite('s')\n"

/** A test file with one test, which passes. */
export const PASSING = `${HEAD}t('works', () => { assert.is(1 + 1, 2) })\nt.run()\n`

/**
 * Runs scripts/test.js on a workspace made of these files.
 *
 * @param {Record<string, string>} files path below `packages/` to content.
 * @param {string[]} args
 */
export function runTests(files, ...args) {
  const manifests = Object.keys(files).map((path) => [
    `packages/${path.split('/')[0]}/package.json`,
  ])
  const tree = Object.fromEntries([
    ...manifests.map(([path]) => [path, '{ "type": "module" }']),
    ...Object.entries(files).map(([path, content]) => [`packages/${path}`, content]),
  ])
  return withFolder(tree, (folder) => {
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
    const script = join(ROOT, 'scripts/test.js')
    const { ASHLAR_FORMS: _, ...env } = process.env
    const run = spawnSync(process.execPath, [script, '--root', folder, ...args], {
      encoding: 'utf8',
      env,
    })
    const lines = run.stdout.trimEnd().split('\n')
    return { code: run.status, lines, last: lines.at(-1), errors: run.stderr }
  })
}
