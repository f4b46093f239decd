import { spawn } from 'node:child_process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const test = suite('runAttached')
const MODULE = new URL('../../pnpm/run-attached.js', import.meta.url).href

/**
 * Runs `program` under runAttached in a process of its own.
 *
 * @param {string} program JavaScript; it says `ready` when it waits for a signal.
 * @param {NodeJS.Signals} [signal] sent to the outer process once the program is ready.
 * @returns {Promise<{ code: number | null, signal: string | null, output: string }>}
 */
function attached(program, signal) {
  const outer = `import { runAttached } from '${MODULE}'
await runAttached(process.execPath, ['-e', ${JSON.stringify(program)}], process.cwd())`
  const child = spawn(process.execPath, ['--input-type=module', '-e', outer], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return new Promise((resolve) => {
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output += text
      if (signal !== undefined && text.includes('ready')) child.kill(signal)
    })
    child.on('close', (code, end) => resolve({ code, signal: end, output }))
  })
}

test('ends with the exit code of the program', async () => {
  assert.equal(await attached('console.log(1); process.exit(7)'), {
    code: 7,
    signal: null,
    output: '1\n',
  })
})

for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
  test(`passes ${signal} on and waits for the program to end`, async () => {
    const program = `process.on('${signal}', () => setTimeout(() => { console.log('saved'); process.exit(3) }, 50))
setInterval(() => {}, 1000); console.log('ready')`
    const { code, output } = await attached(program, signal)
    assert.is(output, 'ready\nsaved\n')
    assert.is(code, 3)
  })
}

test('ends by the signal that ended the program', async () => {
  const { signal } = await attached("process.kill(process.pid, 'SIGKILL')")
  assert.is(signal, 'SIGKILL')
})

test.run()
