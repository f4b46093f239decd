// Builds all packages: dist/ is what the compiler makes of src/, and nothing else.

import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { removeStale } from './build/remove-stale.js'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const COMPILER = createRequire(import.meta.url).resolve('typescript/package.json')

for (const name of readdirSync(join(ROOT, 'packages'))) removeStale(join(ROOT, 'packages', name))
const { status } = spawnSync(process.execPath, [join(COMPILER, '../bin/tsc'), '-b'], {
  cwd: ROOT,
  stdio: 'inherit',
})
process.exitCode = status ?? 1
