// Beside onnxruntime-node's files in vendor/dist, whose binding.js asks it.
'use strict'

const { existsSync } = require('node:fs')
const { dirname, join } = require('node:path')

/**
 * The native binding of onnxruntime for this machine.
 *
 * An onnxruntime-node of the same version that the project has itself goes first: its install script may have fetched CUDA's libraries.
 *
 * @param {string} folder of onnxruntime-node's JavaScript.
 * @param {(name: string) => string} resolve finds a file of an installed package, or throws.
 * @param {{ platform: string, arch: string }} machine
 * @returns {string}
 * @throws Error that says what to install.
 */
function locateBinding(folder, resolve, { platform, arch }) {
  const { version } = require(join(folder, '../package.json'))
  const file = join('bin', 'napi-v6', platform, arch, 'onnxruntime_binding.node')
  const separate = `@ashlar/onnxruntime-${platform}-${arch}`
  const places = [
    packageOf(resolve, 'onnxruntime-node', version),
    join(folder, '..'),
    packageOf(resolve, separate, version),
  ]
  const found = places
    .filter((place) => place !== undefined)
    .map((place) => join(place, file))
    .find((path) => existsSync(path))
  if (found !== undefined) return found
  throw new Error(
    `onnxruntime: the binary for ${platform} ${arch} must be installed\n` +
      `  Install ${separate}, where there is one, or onnxruntime-node@${version}: npm install onnxruntime-node@${version}`,
  )
}

/**
 * @param {(name: string) => string} resolve
 * @param {string} name
 * @param {string} version of onnxruntime.
 * @returns {string | undefined}
 */
function packageOf(resolve, name, version) {
  try {
    const manifest = resolve(`${name}/package.json`)
    const found = require(manifest)
    return (found.onnxruntime ?? found.version) === version ? dirname(manifest) : undefined
  } catch {
    return undefined
  }
}

module.exports = { locateBinding }
