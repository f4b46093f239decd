import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const test = suite('the lesson')

const TYPESCRIPT = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
const LESSON = fileURLToPath(new URL('../lesson.ts', import.meta.url))

test('trains on real MNIST, and says what it counts, learns and predicts', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...['--import', TYPESCRIPT, '--conditions=@ashlar/source'],
    ...[LESSON, '1280'],
  ])
  assert.match(stdout, /^MiniResNet: \[\?, 28, 28, 1\] -> \[\?, 10\]\n/)
  // What Keras counts for the same code.
  assert.match(stdout, /\n152,842 parameters: 152,202 trainable, 640 not\n/)
  const accuracy = (part: string) =>
    Number(new RegExp(`\n${part} \\{ loss: [\\d.]+, accuracy: ([\\d.]+) \\}`).exec(stdout)?.[1])
  // 20 steps are enough to see that it learns; batch norm's moving averages need more to follow.
  assert.ok(accuracy('training') > 0.5, stdout)
  assert.ok(accuracy('test') >= 0, stdout)
  assert.match(stdout, /\nthe first test image is a \d\n$/)
})

test.run()
