import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ROOT } from '../support/packages.ts'
import { QUIET } from '../support/project.ts'
import { run } from '../support/run.ts'

const test = suite('packages for a registry')

const OWN = `${process.platform}-${process.arch}`
const FOREIGN = ['linux-arm64', 'linux-x64'].find((name) => name !== OWN)!

test("npm installs the binary of this machine's platform alone, and it computes", async () => {
  const temporary = mkdtempSync(join(tmpdir(), 'ashlar-platforms-'))
  try {
    const packed = join(temporary, 'packed')
    const program = ['scripts/pack.js', '--out', packed, '--platforms', `${OWN},${FOREIGN}`]
    await run(process.execPath, program, ROOT)
    const tarballs = readdirSync(packed)
    const tarball = (name: string) => {
      const file = tarballs.find((each) => each.startsWith(`ashlar-${name}-0`))
      assert.ok(file, `${name} in ${tarballs}`)
      return `file:${join(packed, file)}`
    }
    const folder = join(temporary, 'project')
    mkdirSync(folder)
    const platforms = [OWN, FOREIGN].map((name) => [
      `@ashlar/onnxruntime-${name}`,
      tarball(`onnxruntime-${name}`),
    ])
    writeFileSync(
      join(folder, 'package.json'),
      JSON.stringify({
        ...{ name: 'project', private: true, type: 'module' },
        dependencies: { '@ashlar/onnxruntime': tarball('onnxruntime') },
        optionalDependencies: Object.fromEntries(platforms),
      }),
    )
    const output = await run('npm', ['install', ...QUIET], folder, 'both')
    assert.not.match(output, /warn/i)
    const installed = readdirSync(join(folder, 'node_modules/@ashlar')).sort()
    assert.equal(installed, ['onnxruntime', `onnxruntime-${OWN}`])
    const use = `import { InferenceSession, listSupportedBackends } from '@ashlar/onnxruntime'
const session = await InferenceSession.create(new Uint8Array(0)).catch((error) => error.message)
console.log(JSON.stringify({ session, backends: listSupportedBackends().map(({ name }) => name) }))`
    const answer = JSON.parse(
      await run(process.execPath, ['--input-type=module', '-e', use], folder),
    )
    assert.ok(answer.backends.includes('cpu'))
    // onnxruntime's own words, which only its binary has.
    assert.match(answer.session, /ModelProto|model/i)
  } finally {
    rmSync(temporary, { recursive: true })
  }
})

test.run()
