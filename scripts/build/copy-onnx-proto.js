import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { build } from 'esbuild'
import { readManifest } from './manifest.js'
import { describeVendor, VENDOR } from './vendor.js'

/** What its types name of protobufjs and of long, neither of which is installed with it. */
const NAMED = `declare namespace $protobuf {
  interface IConversionOptions { [option: string]: unknown }
  interface Reader { buf: Uint8Array; pos: number; len: number }
  interface Writer { len: number; finish(): Uint8Array }
}
interface Long { low: number; high: number; unsigned: boolean; toNumber(): number }
`

/**
 * Puts onnx-proto into the package that stands for it: one file with what it needs of protobufjs.
 *
 * @param {string} folder the package; any other is left alone.
 * @param {string} [home] where onnx-proto is looked up from: the package.
 * @returns {Promise<string[]>} what was written, as paths below the package.
 */
export async function copyOnnxProto(folder, home = folder) {
  if (readManifest(folder).standsFor !== 'onnx-proto') return []
  const from = createRequire(join(home, 'package.json')).resolve('onnx-proto')
  const to = join(folder, VENDOR)
  mkdirSync(join(to, 'dist'), { recursive: true })
  await build({
    ...{ entryPoints: [from], outfile: join(to, 'dist/index.js') },
    ...{ bundle: true, format: 'cjs', platform: 'node', target: 'node20.19' },
    ...{ legalComments: 'inline', logLevel: 'error' },
  })
  const types = readFileSync(from.replace(/\.js$/, '.d.ts'), 'utf8')
  const needless = 'import * as $protobuf from "protobufjs";\n'
  if (!types.startsWith(needless)) throw new Error(`onnx-proto's types must begin with ${needless}`)
  writeFileSync(join(to, 'dist/index.d.ts'), NAMED + types.slice(needless.length))
  describeVendor(to, join(dirname(from), '..'))
  return [VENDOR]
}
