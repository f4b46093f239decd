import { createHash } from 'node:crypto'
import { copyFile, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { tieredSuite } from '@ashlar/test-support'
import * as assert from 'uvu/assert'
import { ashlar, ashlarJson, TINY } from '../support/ashlar.ts'
import { setMetadata } from '../support/hostile.ts'
import { inScratch } from '../support/scratch.ts'

const { test, slow } = tieredSuite('ashlar replay')

const FOLDER = dirname(TINY)

/** A run of the tiny experiment; the path of its model. */
async function exported(out: string): Promise<string> {
  const { export: written } = await ashlarJson<{ export: { path: string } }>(
    'run',
    TINY,
    '--out',
    join(out, 'first'),
  )
  return written.path
}

const replay = (file: string, out: string, ...args: string[]) =>
  ashlar('replay', file, '--folder', FOLDER, '--out', join(out, 'again'), ...args)

/** Puts a text of the same length in the place of another. */
async function replaceText(file: string, from: string, to: string): Promise<void> {
  const text = (await readFile(file)).toString('latin1')
  assert.ok(text.includes(from) && from.length === to.length)
  await writeFile(file, Buffer.from(text.replace(from, to), 'latin1'))
}

test('rebuilds a file from itself alone, byte for byte', () =>
  inScratch({}, async (out) => {
    const path = await exported(out)
    const file = join(out, 'elsewhere.onnx')
    await copyFile(path, file)
    await rm(join(out, 'first'), { recursive: true })
    const { code, out: told, err } = await replay(file, out, '--trust')
    assert.is(code, 0, err)
    assert.match(told, / equals .*elsewhere\.onnx\n/)
    const sha256 = createHash('sha256')
      .update(await readFile(file))
      .digest('hex')
    assert.match(told, new RegExp(`\\nsha256 {4}${sha256}\\n`))
  }))

slow('says so when another file comes out, and what is different', () =>
  inScratch({}, async (out) => {
    const file = await exported(out)
    await replaceText(file, '"seed":42', '"seed":43')
    await setMetadata(file, 'ashlar.versions', '{"@tensorflow/tfjs":"1.0.0"}')
    const { code, out: answer } = await replay(file, out, '--trust', '--json')
    assert.is(code, 1)
    const result = JSON.parse(answer) as {
      equal: boolean
      file: { sha256: string }
      replayed: { sha256: string }
      differences: string[]
    }
    assert.is(result.equal, false)
    assert.not.equal(result.file.sha256, result.replayed.sha256)
    const differences = result.differences.join('\n')
    assert.match(differences, /version {3}@tensorflow\/tfjs was 1\.0\.0, is 4/)
    assert.match(differences, /test {6}loss was [\d.]+, is [\d.]+/)
  }),
)

slow("a file's plugins are not loaded unless they are trusted", () =>
  inScratch({}, async (out) => {
    const file = await exported(out)
    const { code, err } = await replay(file, out)
    assert.is(code, 2)
    assert.is(
      err,
      `${file}: must be trusted for what it would do: it was not made here, or was changed since\n` +
        '  run    ./plugins.ts (plugins)\n' +
        '  Add --trust if you trust all of this.\n',
    )
  }),
)

test('other data than it was trained on is refused before training', () =>
  inScratch({}, async (out) => {
    const file = await exported(out)
    await setMetadata(file, 'ashlar.dataset_digest', 'sha256:other')
    const { code, err, out: told } = await replay(file, out, '--trust')
    assert.is(code, 1)
    assert.match(
      err,
      /: dataset clouds must be the one it was trained on, sha256:other, got "sha256:/,
    )
    assert.not.match(told, /epoch/)
  }))

test('a file that carries no experiment, or a damaged one, is refused', () =>
  inScratch({}, async (out) => {
    const file = await exported(out)
    await setMetadata(file, 'ashlar.experiment', '{"model":')
    const damaged = await replay(file, out)
    assert.is(damaged.code, 1)
    assert.match(damaged.err, /the metadata `ashlar\.experiment` must be readable, got "\{/)
    const other = await exported(join(out, 'other'))
    await replaceText(other, 'ashlar.experiment', 'ashlar.experimenx')
    const bare = await replay(other, out)
    assert.is(bare.code, 1)
    assert.match(bare.err, /: the file must carry its experiment, in the metadata/)
    await writeFile(file, 'no model')
    assert.match((await replay(file, out)).err, /must be an ONNX model/)
  }))

test.run()
