import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const test = suite('API reference')
const FOLDER = fileURLToPath(new URL('../..', import.meta.url))
const TYPEDOC = join(
  dirname(createRequire(import.meta.url).resolve('typedoc/package.json')),
  'bin/typedoc',
)

test('every export has a doc comment, and every link leads somewhere', async () => {
  assert.is(await typedoc(), '')
})

test('an export without a doc comment is found', async () => {
  const output = await typedoc('--entryPoints', 'test/support/undocumented.ts')
  assert.match(output, /undocumented.*does not have any documentation/)
})

/** What typedoc complains of; empty when it is content. Writes nothing. */
async function typedoc(...args: readonly string[]): Promise<string> {
  try {
    await promisify(execFile)(process.execPath, [TYPEDOC, '--emit', 'none', ...args], {
      cwd: FOLDER,
      env: { ...process.env, NO_COLOR: '1' },
    })
    return ''
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string }
    return `${stdout}${stderr}`
  }
}

test.run()
