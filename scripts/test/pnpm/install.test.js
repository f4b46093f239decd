import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { install, wantedDigest } from '../../pnpm/install.js'
import { withFolder } from '../support/temp-folder.js'

const test = suite('install')
const STAMP = 'node_modules/.ashlar-install'
const FILES = {
  'package.json': '{}',
  'pnpm-lock.yaml': 'one',
  'pnpm-workspace.yaml': '',
  'packages/a/package.json': '{}',
  'packages/a/src/index.ts': '',
  [STAMP]: '',
}

/** @param {() => Promise<void>} fn */
async function silently(fn) {
  const { error } = console
  /** @type {string[]} */
  const lines = []
  console.error = (line) => lines.push(String(line))
  try {
    await fn()
  } finally {
    console.error = error
  }
  return lines
}

test('has another digest whenever what is to be installed changes', () =>
  withFolder(FILES, (folder) => {
    const before = wantedDigest(folder)
    assert.match(before, /^[0-9a-f]{64}$/)
    writeFileSync(join(folder, 'packages/a/src/index.ts'), 'changed')
    assert.is(wantedDigest(folder), before)
    for (const path of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'packages/a/package.json']) {
      writeFileSync(join(folder, path), 'changed')
      assert.is.not(wantedDigest(folder), before)
      writeFileSync(join(folder, path), FILES[/** @type {'package.json'} */ (path)])
      assert.is(wantedDigest(folder), before)
    }
  }))

test('runs nothing when the stamp fits', () =>
  withFolder(FILES, async (folder) => {
    writeFileSync(join(folder, STAMP), wantedDigest(folder))
    const lines = await silently(async () => {
      assert.is(await install(folder, 'no-such-manager'), true)
    })
    assert.equal(lines, [])
  }))

test('shows the output of an install that fails, and leaves no stamp that fits', () =>
  withFolder(FILES, async (folder) => {
    const lines = await silently(async () => {
      assert.is(await install(folder, './no-such-folder'), false)
    })
    assert.is(lines[0], 'Installing dependencies with ./no-such-folder ...')
    assert.match(lines[1] ?? '', 'no-such-folder')
    assert.is(lines[2], 'ashlar: the dependencies could not be installed, see above')
    assert.ok(existsSync(join(folder, STAMP)))
    assert.is.not(readFileSync(join(folder, STAMP), 'utf8'), wantedDigest(folder))
  }))

test.run()
