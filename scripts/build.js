// Builds all packages, and the bench: dist/ has the types that the compiler makes of src/, the same modules as a few files of JavaScript, and what package.json has copied and bundled there.

import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleFiles } from './build/bundle-files.js'
import { bundlePackage } from './build/bundle-package.js'
import { copyFiles } from './build/copy-files.js'
import { copyOnnxProto } from './build/copy-onnx-proto.js'
import { copyOnnxruntime } from './build/copy-onnxruntime.js'
import { readManifest } from './build/manifest.js'
import { removeStale } from './build/remove-stale.js'
import { standIns, useStandIns } from './build/stand-ins.js'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const COMPILER = createRequire(import.meta.url).resolve('typescript/package.json')

const packages = readdirSync(join(ROOT, 'packages')).map((name) => join(ROOT, 'packages', name))
// Its workers are started as built with `--built`.
const bench = join(ROOT, 'bench')

for (const folder of [...packages, bench]) removeStale(folder)
const { status } = spawnSync(process.execPath, [join(COMPILER, '../bin/tsc'), '-b'], {
  cwd: ROOT,
  stdio: 'inherit',
})
const names = standIns(join(ROOT, 'packages'))
for (const folder of [...packages, bench]) {
  if (!existsSync(join(folder, 'package.json'))) continue
  const { exports, standsFor } = readManifest(folder)
  const others = new Map([...names].filter(([name]) => name !== standsFor))
  if (exports !== undefined || folder === bench) await bundlePackage(folder, others)
  copyFiles(folder)
  copyOnnxruntime(folder)
  await copyOnnxProto(folder)
  useStandIns(folder, names)
  await bundleFiles(folder)
}
process.exitCode = status ?? 1
