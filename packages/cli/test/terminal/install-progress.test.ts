import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { installProgress } from '../../src/terminal/install-progress.ts'
import { recorder } from '../support/ashlar.ts'

const test = suite('install progress')

function show(isTTY: boolean): string {
  const { stream, text } = recorder({ isTTY })
  const { onProgress, stop } = installProgress(stream)
  onProgress({ step: 'check', message: 'Looking' })
  onProgress({ step: 'download', message: 'Downloading', bytes: 0 })
  onProgress({ step: 'download', message: 'Downloading', bytes: 130e6, total: 260e6 })
  onProgress({ step: 'download', message: 'Downloading', bytes: 260e6, total: 260e6 })
  onProgress({ step: 'compile', message: 'Compiling' })
  stop()
  return text()
}

test('one line for each thing where there is no terminal', () => {
  assert.is(show(false), 'Looking\nDownloading\nCompiling\n')
})

test('a bar with sizes on a terminal, which ends before the next line', () => {
  const shown = show(true)
  assert.match(shown, /█{24} 260 MB of 260 MB/)
  assert.ok(shown.endsWith('Compiling\n'))
})

test.run()
