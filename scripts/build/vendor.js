import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readManifest } from './manifest.js'

/** Where a package that stands for another has that one's files: below its own folder. */
export const VENDOR = 'vendor'

/**
 * Says whose files those in a package's vendor/ are. They are CommonJS, which the package is not.
 *
 * @param {string} vendor
 * @param {string} other the folder of the package that they come from.
 */
export function describeVendor(vendor, other) {
  const { name, version, license } = readManifest(other)
  const manifest = { name, version, license, private: true }
  writeFileSync(join(vendor, 'package.json'), JSON.stringify(manifest))
}
