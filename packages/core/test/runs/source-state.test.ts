import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { sourceState } from '../../src/runs/source-state.ts'
import { inScratch } from '../support/scratch.ts'

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

test('nothing outside of a repository', () =>
  inScratch({}, async (folder) => {
    assert.is(await sourceState(folder), undefined)
  }))

test.run()
