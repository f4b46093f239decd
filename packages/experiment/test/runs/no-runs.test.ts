import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { noRuns } from '../../src/runs/no-runs.ts'

const test = suite('a folder that no runs can be read from')

test('nothing at the path, or something else', () => {
  const cause = new Error('ENOTDIR: not a directory')
  assert.is(
    noRuns('/nowhere/at/all', cause, 'ashlar ui FOLDER').message,
    '/nowhere/at/all: must be a folder of runs\n  There is nothing at this path. Train something first, or say where the runs are: ashlar ui FOLDER.',
  )
  const file = fileURLToPath(import.meta.url)
  assert.is(
    noRuns(file, cause, '--out DIR').message,
    `${file}: must be a folder of runs, got "ENOTDIR: not a directory"\n  Train something first, or say where the runs are: --out DIR.`,
  )
})

test.run()
