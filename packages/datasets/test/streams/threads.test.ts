import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const test = suite('what threads load')

test('whatever scans, reads or decodes loads no TensorFlow.js', () => {
  const streams = new URL('../../src/streams/', import.meta.url)
  const files = ['scans', 'stores', 'decoders'].flatMap((folder) =>
    readdirSync(new URL(`${folder}/`, streams)).map(
      (name) => new URL(`${folder}/${name}`, streams),
    ),
  )
  assert.ok(files.length > 30)
  // TensorFlow.js puts its engine there.
  const code = `
    for (const file of ${JSON.stringify(files)}) await import(file)
    console.log('_tfengine' in globalThis)
  `
  const args = [...process.execArgv, '--input-type=module', '--eval', code]
  assert.is(execFileSync(process.execPath, args, { encoding: 'utf8' }).trim(), 'false')
})

test.run()
