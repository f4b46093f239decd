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
const USAGE = `usage: node scripts/pack.js --out FOLDER [--platforms all|NAME,...]
  --out FOLDER      where the tarballs go
  --platforms LIST  for a registry: onnxruntime's binaries in a package for each platform, as linux-x64,darwin-arm64, or all`

const onnxruntime = join(ROOT, 'packages/onnxruntime')
const { out, platforms } = readArguments()

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

/** What was asked for; where it cannot be done, this says why in a few words, and ends. */
function readArguments() {
  try {
    const { values } = parseArgs({
      options: {
        out: { type: 'string' },
        platforms: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    })
    if (values.help) {
      console.log(USAGE)
      process.exit(0)
    }
    if (values.out === undefined || values.out === '') {
      throw new Error('--out must name a folder for the tarballs')
    }
    const platforms =
      values.platforms === undefined ? undefined : platformsNamed(onnxruntime, values.platforms)
    return { out: resolve(values.out), platforms }
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n${USAGE}`)
    process.exit(2)
  }
}

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
