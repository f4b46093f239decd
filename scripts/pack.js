// Builds and packs all packages that are published.
//
//     node scripts/pack.js --out packed                     tarballs to install on a machine like this one
//     node scripts/pack.js --out packed --platforms all     tarballs for a registry: onnxruntime's binaries in a package for each platform

import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { readManifest } from './build/manifest.js'
import { packForPlatforms, platformsNamed } from './build/platform-packages.js'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const { values } = parseArgs({
  options: { out: { type: 'string' }, platforms: { type: 'string' } },
})
if (values.out === undefined) throw new Error('--out must name a folder for the tarballs')
const out = resolve(values.out)
const onnxruntime = join(ROOT, 'packages/onnxruntime')
const platforms =
  values.platforms === undefined ? undefined : platformsNamed(onnxruntime, values.platforms)

mkdirSync(out, { recursive: true })
run(process.execPath, ['scripts/build.js'])
const published = readdirSync(join(ROOT, 'packages'))
  .map((name) => readManifest(join(ROOT, 'packages', name)))
  .filter((manifest) => manifest.private !== true)
  .map(({ name }) => name)
  .filter((name) => platforms === undefined || name !== '@ashlar/onnxruntime')
const filters = published.flatMap((name) => ['--filter', name])
run(process.execPath, ['scripts/pnpm.js', ...filters, 'pack', '--pack-destination', out])
if (platforms !== undefined) packForPlatforms(onnxruntime, platforms, out)

/**
 * @param {string} program
 * @param {string[]} args
 */
function run(program, args) {
  const { status } = spawnSync(program, args, {
    cwd: ROOT,
    stdio: ['ignore', process.stderr, 'inherit'],
  })
  if (status !== 0) process.exit(status ?? 1)
}
