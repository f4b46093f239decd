import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runInNewContext } from 'node:vm'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { bundle, bundleFiles } from '../../build/bundle-files.js'

const test = suite('bundleFiles')

test('one script of a module and what it imports, as a file and as text', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ashlar-bundle-'))
  try {
    mkdirSync(join(folder, 'src'))
    writeFileSync(join(folder, 'src/part.ts'), "export const part: string = '</script>'\n")
    writeFileSync(
      join(folder, 'src/main.ts'),
      "import { part } from './part.ts'\nObject.assign(globalThis, { part })\n",
    )
    const manifest = { bundled: { 'dist/browser/main.js': 'src/main.ts' } }
    writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
    assert.equal(await bundleFiles(folder), ['dist/browser/main.js'])
    const text = readFileSync(join(folder, 'dist/browser/main.js'), 'utf8')
    assert.is(text, await bundle(join(folder, 'src/main.ts')))
    // A page may hold it.
    assert.not.match(text, /<\/script/)
    const context = { part: '' }
    runInNewContext(text, context)
    assert.is(context.part, '</script>')
    writeFileSync(join(folder, 'package.json'), '{}')
    assert.equal(await bundleFiles(folder), [])
    assert.not.ok(existsSync(join(folder, 'dist/other')))
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test.run()
