import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { readManifest } from './manifest.js'
import { describeVendor, VENDOR } from './vendor.js'

const OWN_LOOKUP =
  // biome-ignore lint/suspicious/noTemplateCurlyInString: as it stands in onnxruntime-node.
  'require(`../bin/napi-v6/${process.platform}/${process.arch}/onnxruntime_binding.node`)'
const LOOKUP =
  "require(require('./locate-binding.js').locateBinding(__dirname, require.resolve, process))"

/** Platforms that onnxruntime-node has binaries for, as npm names them: `linux-x64`. */
export function platformsOf(/** @type {string} */ onnxruntimeNode) {
  const folder = join(onnxruntimeNode, 'bin/napi-v6')
  return readdirSync(folder).flatMap((os) =>
    readdirSync(join(folder, os)).map((cpu) => `${os}-${cpu}`),
  )
}

/** Where the onnxruntime-node lies that a package is built of. */
export function onnxruntimeNodeOf(/** @type {string} */ folder) {
  return dirname(
    createRequire(join(folder, 'package.json')).resolve('onnxruntime-node/package.json'),
  )
}

/**
 * Puts onnxruntime-node into the package that stands for it: its JavaScript, and the binaries of some platforms.
 *
 * @param {string} folder the package; any other is left alone.
 * @param {readonly string[]} [platforms] this machine's alone by default.
 * @returns {string[]} what was written, as paths below the package.
 */
export function copyOnnxruntime(folder, platforms = [`${process.platform}-${process.arch}`]) {
  if (readManifest(folder).standsFor !== 'onnxruntime-node') return []
  const from = onnxruntimeNodeOf(folder)
  const to = join(folder, VENDOR)
  rmSync(to, { recursive: true, force: true })
  mkdirSync(join(to, 'dist'), { recursive: true })
  for (const file of readdirSync(join(from, 'dist'))) {
    if (!/(\.js|\.d\.ts)$/.test(file)) continue
    const text = readFileSync(join(from, 'dist', file), 'utf8')
    writeFileSync(
      join(to, 'dist', file),
      withoutMap(file === 'binding.js' ? withLookup(text) : text),
    )
  }
  cpSync(join(folder, 'src/locate-binding.cjs'), join(to, 'dist/locate-binding.js'))
  describeVendor(to, from)
  for (const platform of platforms) copyBinary(from, to, platform)
  return [VENDOR]
}

/**
 * @param {string} from onnxruntime-node.
 * @param {string} to a folder, below which the binary has the path that it has in onnxruntime-node.
 * @param {string} platform `linux-x64`.
 */
export function copyBinary(from, to, platform) {
  const path = join('bin/napi-v6', ...platform.split('-'))
  // A platform without a binary gets a package that says so.
  if (existsSync(join(from, path))) cpSync(join(from, path), join(to, path), { recursive: true })
}

/** @param {string} text of binding.js. */
function withLookup(text) {
  if (text.split(OWN_LOOKUP).length !== 2) {
    throw new Error(`onnxruntime-node's dist/binding.js must load its binary by ${OWN_LOOKUP}`)
  }
  return text.replace(OWN_LOOKUP, () => LOOKUP)
}

/** @param {string} text */
function withoutMap(text) {
  return text.replace(/\n\/\/# sourceMappingURL=\S+\s*$/, '\n')
}
