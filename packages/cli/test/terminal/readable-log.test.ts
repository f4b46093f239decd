import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readableLine, readableLog } from '../../src/terminal/readable-log.ts'

const test = suite('a log for people')

test('a line says when, how bad, what and about which', () => {
  const line = JSON.stringify({
    ...{ level: 40, time: 1795912304103, pid: 1, hostname: 'vm', name: 'ashlar' },
    ...{ model: 'digits', version: '1', replaced: false, msg: 'a worker ended' },
  })
  assert.match(
    readableLine(line),
    /^\d\d:\d\d:\d\d warn {3}a worker ended {2}model=digits version=1 replaced=false$/,
  )
})

test('an error tells its reason; what is no JSON stays, and nothing moves the cursor', () => {
  const line = JSON.stringify({ level: 50, time: 0, msg: 'no', err: { message: 'x\u001b[2J' } })
  assert.match(readableLine(line), / error {2}no {2}x\\u001b\[2J$/)
  assert.is(readableLine('plain \u001b[2J\n'), 'plain \\u001b[2J')
})

test('writes each line to its stream', () => {
  const written: string[] = []
  readableLog({ write: (text: string) => written.push(text) > 0 }).write(
    '{"level":30,"msg":"ready"}\n',
  )
  assert.match(written.join(''), /^\d\d:\d\d:\d\d info {3}ready\n$/)
})

test.run()
