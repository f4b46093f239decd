import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { requireOwnCode } from '../../src/work/requires.ts'
import { inScratch } from '../support/sweep.ts'

const test = suite('what a worker runs of a task')

test('plugins with a digest alone, in the folder of the worker or installed there', () =>
  inScratch(async (folder) => {
    const home = join(folder, 'home')
    await mkdir(home)
    for (const path of [join(home, 'mine.mjs'), join(folder, 'evil.mjs')]) await writeFile(path, '')
    await symlink(join(folder, 'evil.mjs'), join(home, 'link.mjs'))
    const refused = (plugins: unknown, listed: readonly string[], at: string | undefined = home) =>
      requireOwnCode(
        { plugins: plugins as string[] },
        { plugins: Object.fromEntries(listed.map((each) => [each, 'sha256:0'])) },
        at,
      ).then(
        () => '',
        (error: Error) => error.message,
      )
    for (const name of ['./mine.mjs', 'ashlar-plugin-x', '@me/plugin', 'a/b.js', './a/../mine.mjs'])
      assert.is(await refused([name], [name]), '', name)
    assert.is(await refused([], [], undefined), '')
    assert.is(await refused(undefined, []), '')
    assert.match(await refused(['./mine.mjs'], []), /has no digest/)
    assert.match(await refused({ a: './mine.mjs' }, ['./mine.mjs']), /no list/)
    for (const name of [
      join(home, 'mine.mjs'),
      join(folder, 'evil.mjs'),
      '../evil.mjs',
      './../evil.mjs',
      './link.mjs',
      `file://${folder}/evil.mjs`,
      'data:text/javascript,0',
      'node:fs',
      'a/../../../evil.mjs',
      '@me/../../evil',
      '',
      '#inside',
    ])
      assert.match(await refused([name], [name]), /lies elsewhere/, name)
  }))

test('a worker without a folder of its own for plugins runs none', async () => {
  const message = await requireOwnCode(
    { plugins: ['x'] },
    { plugins: { x: 'sha256:0' } },
    undefined,
  ).then(
    () => '',
    (error: Error) => error.message,
  )
  assert.match(message, /--home/)
})

test.run()
