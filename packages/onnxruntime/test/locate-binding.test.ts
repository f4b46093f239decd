import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const test = suite('locateBinding')

type Locate = (
  folder: string,
  resolve: (name: string) => string,
  machine: { readonly platform: string; readonly arch: string },
) => string

const { locateBinding } = createRequire(import.meta.url)('../src/locate-binding.cjs') as {
  locateBinding: Locate
}

const BINARY = 'bin/napi-v6/plan9/mips/onnxruntime_binding.node'
const MACHINE = { platform: 'plan9', arch: 'mips' }

/** Packages by name, with what their package.json says, and whether they have the binary. */
function inProject(
  packages: Readonly<Record<string, { readonly manifest: object; readonly binary: boolean }>>,
  check: (find: () => string, place: (name: string) => string) => void,
): void {
  const root = mkdtempSync(join(tmpdir(), 'ashlar-binding-'))
  try {
    const place = (name: string) => join(root, name)
    for (const [name, { manifest, binary }] of Object.entries(packages)) {
      mkdirSync(join(place(name), 'dist'), { recursive: true })
      writeFileSync(join(place(name), 'package.json'), JSON.stringify(manifest))
      if (!binary) continue
      mkdirSync(dirname(join(place(name), BINARY)), { recursive: true })
      writeFileSync(join(place(name), BINARY), '')
    }
    const resolve = (name: string) => {
      const [folder] = name.split('/package.json')
      if (folder === undefined || packages[folder] === undefined) throw new Error(`no ${name}`)
      return join(place(folder), 'package.json')
    }
    check(
      () => locateBinding(join(place('own'), 'dist'), resolve, MACHINE),
      (name) => join(place(name), BINARY),
    )
  } finally {
    rmSync(root, { recursive: true })
  }
}

const own = { manifest: { version: '1.2.3' }, binary: true }
const none = { ...own, binary: false }
const separate = '@ashlar/onnxruntime-plan9-mips'

test('takes the binary that it was packed with', () =>
  inProject({ own }, (find, place) => assert.is(find(), place('own'))))

test('takes that of the package for this platform, if it is of this onnxruntime', () => {
  const manifest = { version: '0.1.0', onnxruntime: '1.2.3' }
  inProject({ own: none, [separate]: { manifest, binary: true } }, (find, place) =>
    assert.is(find(), place(separate)),
  )
  const older = { manifest: { version: '0.1.0', onnxruntime: '1.2.2' }, binary: true }
  inProject({ own: none, [separate]: older }, (find) => assert.throws(find, /must be installed/))
})

test("goes by the project's own onnxruntime-node first, if it has the same version", () => {
  const manifest = { version: '1.2.3' }
  inProject({ own, 'onnxruntime-node': { manifest, binary: true } }, (find, place) =>
    assert.is(find(), place('onnxruntime-node')),
  )
  const other = { manifest: { version: '1.2.4' }, binary: true }
  inProject({ own, 'onnxruntime-node': other }, (find, place) => assert.is(find(), place('own')))
})

test('says what to install where there is none', () =>
  inProject({ own: none }, (find) =>
    assert.throws(
      find,
      (error: Error) =>
        error.message ===
        'onnxruntime: the binary for plan9 mips must be installed\n' +
          `  Install ${separate}, where there is one, or onnxruntime-node@1.2.3: npm install onnxruntime-node@1.2.3`,
    ),
  ))

test.run()
