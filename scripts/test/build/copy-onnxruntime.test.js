import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { copyOnnxruntime } from '../../build/copy-onnxruntime.js'
import { platformsNamed } from '../../build/platform-packages.js'
import { withFolder } from '../support/temp-folder.js'

const test = suite('copyOnnxruntime')

const LOOKUP =
  // biome-ignore lint/suspicious/noTemplateCurlyInString: as it stands in onnxruntime-node.
  'require(`../bin/napi-v6/${process.platform}/${process.arch}/onnxruntime_binding.node`)'
const BINDING = `const own = ${LOOKUP};\n//# sourceMappingURL=binding.js.map`

/** A package that stands for onnxruntime-node, which is installed for it with binaries of two platforms. */
const files = (binding = BINDING, standsFor = 'onnxruntime-node') => ({
  'package.json': JSON.stringify({ standsFor }),
  'src/locate-binding.cjs': '// found',
  'vendor/bin/napi-v6/plan9/mips/onnxruntime_binding.node': 'of an older version',
  ...Object.fromEntries(
    Object.entries({
      'package.json': '{ "name": "onnxruntime-node", "version": "1.2.3", "license": "MIT" }',
      'dist/binding.js': binding,
      'dist/binding.js.map': '{}',
      'dist/index.d.ts': 'export {}',
      'lib/index.ts': '',
      'bin/napi-v6/linux/x64/onnxruntime_binding.node': 'linux',
      'bin/napi-v6/darwin/arm64/onnxruntime_binding.node': 'darwin',
    }).map(([path, text]) => [`node_modules/onnxruntime-node/${path}`, text]),
  ),
})

test('has the JavaScript, which asks where its binary is, and the binaries of some platforms', () =>
  withFolder(files(), (folder) => {
    assert.equal(copyOnnxruntime(folder, ['linux-x64', 'plan9-mips']), ['vendor'])
    const vendor = join(folder, 'vendor')
    const found = readdirSync(vendor, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(vendor.length + 1))
    assert.equal(found.sort(), [
      'bin/napi-v6/linux/x64/onnxruntime_binding.node',
      'dist/binding.js',
      'dist/index.d.ts',
      'dist/locate-binding.js',
      'package.json',
    ])
    assert.is(
      readFileSync(join(vendor, 'dist/binding.js'), 'utf8'),
      "const own = require(require('./locate-binding.js').locateBinding(__dirname, require.resolve, process));\n",
    )
    assert.equal(JSON.parse(readFileSync(join(vendor, 'package.json'), 'utf8')), {
      ...{ name: 'onnxruntime-node', version: '1.2.3', license: 'MIT', private: true },
    })
  }))

test('an onnxruntime-node that loads its binary otherwise is refused', () =>
  withFolder(files("require('elsewhere')"), (folder) => {
    assert.throws(
      () => copyOnnxruntime(folder),
      (/** @type {Error} */ { message }) =>
        message === `onnxruntime-node's dist/binding.js must load its binary by ${LOOKUP}`,
    )
  }))

test('other packages are left alone', () =>
  withFolder(files(BINDING, 'onnx-proto'), (folder) => {
    assert.equal(copyOnnxruntime(folder), [])
    assert.not.ok(existsSync(join(folder, 'vendor/dist')))
  }))

test('platforms are all that there are binaries for, or some of them', () =>
  withFolder(files(), (folder) => {
    assert.equal(platformsNamed(folder, 'all').sort(), ['darwin-arm64', 'linux-x64'])
    assert.equal(platformsNamed(folder, 'linux-x64'), ['linux-x64'])
    assert.throws(
      () => platformsNamed(folder, 'linux-x64,plan9-mips'),
      /^--platforms must be all, or some of (darwin-arm64|linux-x64), (darwin-arm64|linux-x64), got "plan9-mips"$/,
    )
  }))

test.run()
