import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const test = suite('the lesson')

const LESSON = fileURLToPath(new URL('../../lesson.ts', import.meta.url))

test('trains on real MNIST, says what it counts, learns and predicts, and exports', async () => {
  const cwd = mkdtempSync(join(tmpdir(), 'ashlar-lesson-'))
  try {
    const start = [...process.execArgv, LESSON, '1280']
    const { stdout } = await promisify(execFile)(process.execPath, start, { cwd })
    assert.match(stdout, /^MiniResNet: \[\?, 28, 28, 1\] -> \[\?, 10\]\n/)
    // What Keras counts for the same code.
    assert.match(stdout, /\n152,842 parameters: 152,202 trainable, 640 not\n/)
    const accuracy = (part: string) =>
      Number(new RegExp(`\n${part} \\{ loss: [\\d.]+, accuracy: ([\\d.]+) \\}`).exec(stdout)?.[1])
    // 20 steps are enough to see that it learns; batch norm's moving averages need more to follow.
    assert.ok(accuracy('training') > 0.5, stdout)
    assert.ok(accuracy('test') >= 0, stdout)
    assert.match(stdout, /\nthe first test image is a \d\n/)
    assert.match(stdout, /mini-resnet\.onnx: 1[0-8] nodes, equal within [\d.e-]+\n$/)
    assert.ok(statSync(join(cwd, 'mini-resnet.onnx')).size > 600_000)
  } finally {
    rmSync(cwd, { recursive: true, force: true })
  }
})

test.run()
