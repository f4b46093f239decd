import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ashlar, ashlarJson, TINY } from '../support/ashlar.ts'
import { start } from '../support/process.ts'
import { inScratch } from '../support/scratch.ts'

const test = suite('ashlar serve')

test('serves the file of a run under the name of its experiment, until SIGTERM', () =>
  inScratch({}, async (folder) => {
    const { run } = await ashlarJson<{ run: string }>('run', TINY, '--out', join(folder, 'runs'))
    const { child, seen, ended } = start(['serve', run, '--port', '0'], { cwd: folder })
    let text = ''
    child.stdout?.on('data', (chunk: string) => {
      text += chunk
    })
    await seen(/serving {3}http/)
    const [, http] = /serving {3}(\S+)/.exec(text)!
    const response = await fetch(`${http}/v2/models/tiny`)
    assert.is(response.status, 200)
    assert.is(((await response.json()) as { name: string }).name, 'tiny')
    child.kill('SIGTERM')
    const { code, out, err } = await ended
    assert.is(code, 0, err)
    assert.match(out, /^model {5}tiny version 1: READY$/m)
    assert.match(err, 'answering what is under way')
  }))

test('a run without a file says how to get one', () =>
  inScratch({}, async (folder) => {
    const { run } = await ashlarJson<{ run: string }>('train', TINY, '--out', join(folder, 'runs'))
    const { code, err } = await ashlar('serve', run)
    assert.is(code, 1)
    assert.match(err, 'the run must have been exported: there is no model.onnx')
    assert.match(err, /Export it: ashlar export /)
  }))

test('a file that is no model ends the command', () =>
  inScratch({ 'model.onnx': 'version https://git-lfs.github.com/spec/v1' }, async (folder) => {
    const { code, err } = await ashlar('serve', join(folder, 'model.onnx'), '--log-level', 'silent')
    assert.is(code, 1)
    assert.match(err, 'model.onnx: must be an ONNX model')
    assert.match(err, 'It is a pointer of Git LFS')
  }))

test('a folder without a usable model ends the command', () =>
  inScratch({}, async (folder) => {
    await mkdir(join(folder, 'm/1'), { recursive: true })
    await writeFile(join(folder, 'm/1/model.onnx'), '{}')
    const { code, err } = await ashlar('serve', folder, '--log-level', 'silent')
    assert.is(code, 1)
    assert.match(err, 'its model must be usable')
    assert.match(err, 'It is a JSON document')
  }))

test('--watch and an admin port exclude each other', async () => {
  const { code, err } = await ashlar('serve', 'x', '--watch', '--admin-port', '0')
  assert.is(code, 2)
  assert.match(err, '--watch and an admin port exclude each other')
})

test('wrong options are wrong usage', async () => {
  for (const [args, told] of [
    [['nowhere'], "nowhere: must be an ONNX file, or a folder in Triton's layout"],
    [['x', '--port', '70000'], 'must be a number from 0 to 65535.'],
    [['x', '--max-delay', 'soon'], 'must be a number from 0.'],
    [['x', '--log-level', 'loud'], 'must be one of trace, debug'],
  ] as const) {
    const { code, err } = await ashlar('serve', ...args)
    assert.is(code, 2, err)
    assert.match(err, told)
  }
})

test.run()
