import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { copyFiles } from '../../build/copy-files.js'

const test = suite('copyFiles')

/**
 * @param {string} file
 * @param {(folder: string) => void} check
 */
function inPackage(file, check) {
  const folder = mkdtempSync(join(tmpdir(), 'ashlar-copy-'))
  try {
    mkdirSync(join(folder, 'node_modules/@some/other/dist'), { recursive: true })
    writeFileSync(join(folder, 'node_modules/@some/other/dist/a.wasm'), 'wasm')
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ copied: { 'dist/ort': [file] } }))
    check(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test('copies what the manifest names, as often as it is told', () =>
  inPackage('@some/other/dist/a.wasm', (folder) => {
    assert.equal(copyFiles(folder), ['dist/ort/a.wasm'])
    assert.equal(copyFiles(folder), ['dist/ort/a.wasm'])
    assert.is(readFileSync(join(folder, 'dist/ort/a.wasm'), 'utf8'), 'wasm')
  }))

test('says what is not installed', () =>
  inPackage('@some/other/dist/b.wasm', (folder) => {
    assert.throws(() => copyFiles(folder), /@some\/other\/dist\/b\.wasm must be installed/)
  }))

test.run()
