import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { missingModule } from '../../src/harness/commands.ts'

const commands = suite('commands')

/** A stand-in for an interpreter: a script of the shell. */
async function withPython(script: string, use: (python: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'ashlar-bench-'))
  try {
    const python = join(folder, 'python')
    await writeFile(python, `#!/bin/sh\n${script}\n`)
    await chmod(python, 0o755)
    await use(python)
  } finally {
    await rm(folder, { recursive: true })
  }
}

commands('says which modules are missing', async () => {
  await withPython('echo', async (python) => {
    assert.is((await missingModule(python, ['torch'])) ?? 'none', 'none')
  })
  await withPython('echo torch onnx', async (python) => {
    assert.is(
      await missingModule(python, ['torch', 'onnx']),
      `${python} has no module torch, onnx: run bench/setup`,
    )
  })
})

commands('says when there is no interpreter, or it does not run', async () => {
  assert.is(
    await missingModule('/no/python', ['torch']),
    'there is no /no/python: run bench/setup, or name an interpreter by --python',
  )
  await withPython('exit 3', async (python) => {
    const reason = (await missingModule(python, ['torch'])) ?? ''
    assert.match(reason, /python does not run: Command failed/)
  })
})

commands.run()
