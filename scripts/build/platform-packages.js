import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { copyBinary, onnxruntimeNodeOf, platformsOf } from './copy-onnxruntime.js'
import { readManifest } from './manifest.js'
import { VENDOR } from './vendor.js'

/**
 * @param {string} folder the package that stands for onnxruntime-node.
 * @param {string} text `all`, or names with commas between: `linux-x64,darwin-arm64`.
 * @returns {string[]}
 */
export function platformsNamed(folder, text) {
  const known = platformsOf(onnxruntimeNodeOf(folder))
  if (text === 'all') return known
  const named = text.split(',')
  const unknown = named.find((name) => !known.includes(name))
  if (unknown === undefined) return named
  throw new Error(`--platforms must be all, or some of ${known.join(', ')}, got "${unknown}"`)
}

/**
 * Packs the package that stands for onnxruntime-node without a binary, and for each platform one that npm installs there alone: the first asks for them as optional.
 *
 * @param {string} folder the package, built.
 * @param {readonly string[]} platforms `linux-x64`.
 * @param {string} out where the tarballs go.
 */
export function packForPlatforms(folder, platforms, out) {
  const onnxruntimeNode = onnxruntimeNodeOf(folder)
  const manifest = readManifest(folder)
  const onnxruntime = readManifest(onnxruntimeNode)
  const nameOf = (/** @type {string} */ platform) => `${manifest.name}-${platform}`
  const scratch = mkdtempSync(join(tmpdir(), 'ashlar-pack-'))
  try {
    const whole = join(scratch, 'whole')
    for (const path of [...manifest.files, 'README.md']) {
      cpSync(join(folder, path), join(whole, path), { recursive: true })
    }
    cpSync(join(folder, '../../LICENSE'), join(whole, 'LICENSE'))
    rmSync(join(whole, VENDOR, 'bin'), { recursive: true, force: true })
    const { devDependencies, scripts, ...rest } = manifest
    const optionalDependencies = Object.fromEntries(
      platforms.map((platform) => [nameOf(platform), manifest.version]),
    )
    pack(whole, { ...rest, optionalDependencies }, out)
    for (const platform of platforms) {
      const place = join(scratch, platform)
      copyBinary(onnxruntimeNode, place, platform)
      const [os = '', cpu = ''] = platform.split('-')
      const { version, engines } = manifest
      const description = `The binary of onnxruntime-node ${onnxruntime.version} for ${os} ${cpu}.`
      pack(
        place,
        {
          ...{ name: nameOf(platform), version, description, license: onnxruntime.license },
          ...{ engines, os: [os], cpu: [cpu], onnxruntime: onnxruntime.version, files: ['bin'] },
        },
        out,
      )
    }
  } finally {
    rmSync(scratch, { recursive: true })
  }
}

/**
 * @param {string} folder
 * @param {object} manifest
 * @param {string} out
 */
function pack(folder, manifest, out) {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  const { status, stderr } = spawnSync('npm', ['pack', '--pack-destination', out], {
    ...{ cwd: folder, encoding: 'utf8', shell: process.platform === 'win32' },
  })
  if (status !== 0) throw new Error(`npm pack failed in ${folder}\n${stderr}`)
}
