import { execFileSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inScratch } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { sourceState } from '../../src/runs/source-state.ts'

const test = suite('sourceState')

test('commit, branch, changed files and their diff', () =>
  inScratch({ 'model.ts': 'one\n' }, async (folder) => {
    const git = (...args: string[]) =>
      execFileSync('git', ['-C', folder, '-c', 'user.name=a', '-c', 'user.email=a@b.c', ...args], {
        encoding: 'utf8',
      })
    git('init', '-q', '-b', 'trunk')
    git('add', '.')
    git('commit', '-q', '-m', 'first')
    const clean = await sourceState(folder)
    assert.equal(clean, {
      state: { commit: git('rev-parse', 'HEAD').trim(), branch: 'trunk', changes: [] },
      diff: '',
    })
    writeFileSync(join(folder, 'model.ts'), 'two\n')
    writeFileSync(join(folder, 'new.ts'), 'new\n')
    const dirty = await sourceState(folder)
    assert.equal(dirty?.state.changes, [' M model.ts', '?? new.ts'])
    assert.match(dirty?.diff ?? '', /^-one\n\+two$/m)
  }))

test('starts no program that the repository names for its state and differences', () =>
  inScratch({ 'model.ts': 'one\n', '.gitattributes': '*.ts diff=evil\n' }, async (folder) => {
    const git = (...args: string[]) =>
      execFileSync('git', ['-C', folder, '-c', 'user.name=a', '-c', 'user.email=a@b.c', ...args], {
        encoding: 'utf8',
      })
    git('init', '-q')
    git('add', '.')
    git('commit', '-q', '-m', 'first')
    writeFileSync(join(folder, 'model.ts'), 'two\n')
    const marker = join(folder, '.git/marker')
    const program = join(folder, '.git/evil.sh')
    writeFileSync(program, `#!/bin/sh\ntouch '${marker}'\ncat "$1"\n`, { mode: 0o755 })
    git('config', 'core.fsmonitor', program)
    git('config', 'diff.external', program)
    git('config', 'diff.evil.textconv', program)
    git('config', 'diff.evil.command', program)
    const found = await sourceState(folder)
    assert.equal(found?.state.changes, [' M model.ts'])
    assert.match(found?.diff ?? '', /^-one\n\+two$/m)
    assert.not.ok(existsSync(marker))
    // Git itself would have.
    git('diff')
    assert.ok(existsSync(marker))
  }))

test('nothing outside of a repository', () =>
  inScratch({}, async (folder) => {
    assert.is(await sourceState(folder), undefined)
  }))

test.run()
