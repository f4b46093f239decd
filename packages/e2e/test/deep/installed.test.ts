import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, join } from 'node:path'
import { sampled } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { entryPoints, publishedPackages, ROOT } from '../support/packages.ts'
import { installedProject } from '../support/project.ts'
import { run } from '../support/run.ts'

const test = suite('packages installed with npm')

test('can be built, packed and installed', async () => {
  const { tarballs } = await installedProject()
  assert.is(tarballs.length, publishedPackages().length)
})

test('npm has nothing to warn of', async () => {
  const { output } = await installedProject()
  assert.equal(
    output.split('\n').filter((line) => /warn|deprecated/i.test(line)),
    [],
  )
})

test('takes less than 400 MB, and needs no install script', async () => {
  const { folder } = await installedProject()
  const files = readdirSync(join(folder, 'node_modules'), { recursive: true, withFileTypes: true })
  const bytes = files
    .filter((entry) => entry.isFile())
    .map((entry) => statSync(join(entry.parentPath, entry.name)).size)
    .reduce((sum, size) => sum + size, 0)
  assert.ok(bytes < 400e6, `${Math.round(bytes / 1e6)} MB`)
  const scripts = Object.entries(lockedIn(folder)).filter(([, entry]) => entry.hasInstallScript)
  assert.equal(
    scripts.map(([path]) => path),
    [],
  )
})

test('one onnxruntime and one TensorFlow.js, and nothing that stands for them a second time', async () => {
  const { folder } = await installedProject()
  const files = readdirSync(join(folder, 'node_modules'), { recursive: true, encoding: 'utf8' })
  const named = (name: string) => files.filter((file) => basename(file) === name)
  assert.is(named('onnxruntime_binding.node').length, 1)
  assert.is(named('ort-wasm-simd-threaded.wasm').length, 1)
  const paths = Object.keys(lockedIn(folder))
  const under = (name: string) => paths.filter((path) => path.endsWith(`node_modules/${name}`))
  for (const name of ['@tensorflow/tfjs-core', 'onnxruntime-common']) {
    assert.equal(under(name), [`node_modules/${name}`])
  }
  for (const name of ['onnxruntime-node', 'onnxruntime-web', '@tensorflow/tfjs', 'onnx-proto']) {
    assert.equal(under(name), [], name)
  }
})

for (const { name, files: listed } of publishedPackages()) {
  test(`${name} holds what it is built of, and no tests`, async () => {
    const { folder, tarballs } = await installedProject()
    const tarball = tarballs.find((file) =>
      file.includes(`/${name.replace('@ashlar/', 'ashlar-')}-`),
    )
    assert.ok(tarball, `no tarball of ${name} in ${tarballs}`)
    const files = (await run('tar', ['-tzf', tarball], folder)).trim().split('\n')
    for (const file of ['LICENSE', 'README.md', 'package.json', 'dist/index.js', 'src/index.ts']) {
      assert.ok(files.includes(`package/${file}`), `${file} is missing`)
    }
    // A file of the list, or whatever lies in a folder of it.
    const wanted = ['LICENSE', 'README.md', 'package.json', ...listed].flatMap((each) => [
      `package/${each}`,
      `package/${each}/`,
    ])
    const isListed = (file: string) =>
      wanted.some((each) => (each.endsWith('/') ? file.startsWith(each) : file === each))
    const others = files.filter((file) => !isListed(file) || /\.test\./.test(file))
    assert.equal(others, [])
    const manifest = readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8')
    assert.not.match(manifest, /"(workspace|catalog):/)
  })
}

const standIns = publishedPackages().filter(({ standsFor }) => standsFor !== undefined)

const some = sampled(3, test)

for (const entry of publishedPackages().flatMap(entryPoints)) {
  some(`${entry} can be imported by plain Node`, async () => {
    const { folder } = await installedProject()
    const program = `console.log(JSON.stringify(Object.keys(await import('${entry}'))))`
    const output = await run(process.execPath, ['--input-type=module', '-e', program], folder)
    const names: string[] = JSON.parse(output)
    assert.ok(names.length > 0, `${entry} exports nothing`)
    // What stands for another package has what that has.
    const isOurs = !standIns.some(({ name }) => name === entry)
    assert.not.ok(isOurs && names.includes('default'), `${entry} has a default export`)
  })
}

test('the types of all packages resolve in a strict project', async () => {
  const { folder } = await installedProject()
  const imports = publishedPackages()
    .flatMap(entryPoints)
    .map(
      (entry, index) => `import * as entry${index} from '${entry}'\nconsole.log(entry${index})\n`,
    )
  const use = `import { closest } from '@ashlar/errors'
export const near: string | undefined = closest('minst', ['mnist'])
// @ts-expect-error: types that do not resolve would be any
export const wrong: number = closest('minst', ['mnist'])
`
  writeFileSync(join(folder, 'use.ts'), imports.join('') + use)
  const types = join(ROOT, 'node_modules/@types')
  const options = { module: 'nodenext', target: 'es2022', strict: true, noEmit: true }
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      // The declarations of others have errors of their own, so all are checked and ours are looked at.
      compilerOptions: { ...options, skipLibCheck: false, types: ['node'], typeRoots: [types] },
      files: ['use.ts'],
    }),
  )
  assert.equal(await ownTypeErrors(folder), [])
})

test('no release that is known to be bad gets installed', async () => {
  const { folder } = await installedProject()
  assert.ok(existsSync(join(folder, 'package-lock.json')))
  await run(process.execPath, [join(ROOT, 'scripts/check-rules.js'), folder], folder)
})

/** The packages of a project by where they lie, as npm has resolved them. */
function lockedIn(folder: string): Record<string, { readonly hasInstallScript?: boolean }> {
  return JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')).packages
}

async function ownTypeErrors(folder: string): Promise<string[]> {
  const compiler = createRequire(import.meta.url).resolve('typescript/package.json')
  const program = [join(compiler, '../bin/tsc'), '-p', folder, '--pretty', 'false']
  const output = await run(process.execPath, program, folder).catch((error: Error) => error.message)
  return output.split('\n').filter((line) => /^(use\.ts|node_modules\/@ashlar\/)/.test(line))
}

test.run()
