import { ConfigError, DataError } from '@ashlar/errors'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createOutput } from '../../src/terminal/output.ts'
import { type FailedFile, readEach, tellFailed } from '../../src/work/read-each.ts'
import { recorder } from '../support/ashlar.ts'

const test = suite('files that are read one after the other')

/** A reader that refuses files of these names. */
const refusing = (errors: Readonly<Record<string, Error>>) => async (file: string) => {
  const error = errors[file]
  if (error !== undefined) throw error
  return file.toUpperCase()
}

async function read(files: readonly string[], errors: Readonly<Record<string, Error>>) {
  const failed: FailedFile[] = []
  const found: string[] = []
  for await (const each of readEach(files, refusing(errors), failed)) found.push(each)
  return { found, failed }
}

const broken = new DataError({ where: 'b', expected: 'must be a picture' })
const gone = Object.assign(new Error('ENOENT: no such file, open c'), { code: 'ENOENT' })

test('of several, those that cannot be read are listed, and the others go on', async () => {
  assert.equal(await read(['a', 'b', 'c', 'd'], { b: broken, c: gone }), {
    found: ['A', 'D'],
    failed: [
      { file: 'b', error: 'b: must be a picture' },
      { file: 'c', error: 'ENOENT: no such file, open c' },
    ],
  })
})

test('a single one is an error, and so is what is no fault of a file', async () => {
  for (const [files, error] of [
    [['b'], broken],
    [['a', 'b'], new ConfigError({ where: 'x', expected: 'must be so' })],
    [['a', 'b'], new TypeError('a bug')],
  ] as const) {
    const thrown = await read(files, { b: error }).then(
      () => undefined,
      (refused: Error) => refused,
    )
    assert.is(thrown, error)
  }
})

test('they are told on stderr, with JSON on stdout as well', () => {
  const [stdout, stderr] = [recorder(), recorder()]
  const output = createOutput({ json: true }, { stdout: stdout.stream, stderr: stderr.stream })
  tellFailed([], 3, output)
  assert.is(stderr.text(), '')
  tellFailed([{ file: 'b', error: 'b: must be a picture\n  It is text.' }], 3, output)
  assert.is(
    stderr.text(),
    'b: must be a picture\n  It is text.\n1 of 3 files could not be read; the others were.\n',
  )
  assert.is(stdout.text(), '')
})

test.run()
