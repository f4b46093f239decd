import { chmod, chown, mkdir, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inScratch, refusal } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ownFolder } from '../../src/index.ts'

const test = suite('ownFolder')

test("is the user's alone: no link, no file, and no folder of another user", () =>
  inScratch({}, async (folder) => {
    const before = process.env.ASHLAR_HOME
    process.env.ASHLAR_HOME = join(folder, 'home')
    try {
      const path = await ownFolder('worker')
      assert.is(path, join(folder, 'home', 'worker'))
      assert.is((await stat(path)).mode & 0o777, 0o700)
      await chmod(path, 0o777)
      assert.is(await ownFolder('worker'), path)
      assert.is((await stat(path)).mode & 0o777, 0o700)
      await symlink(folder, join(folder, 'home', 'linked'))
      await writeFile(join(folder, 'home', 'file'), '')
      for (const name of ['linked', 'file']) {
        assert.match(await refusal(() => ownFolder(name)), "must be this user's own folder")
      }
      // Only root can give one to somebody else.
      if (process.getuid?.() !== 0) return
      await mkdir(join(folder, 'home', 'other'))
      await chown(join(folder, 'home', 'other'), 12345, 12345)
      assert.match(await refusal(() => ownFolder('other')), 'owned by user 12345')
    } finally {
      if (before === undefined) delete process.env.ASHLAR_HOME
      else process.env.ASHLAR_HOME = before
    }
  }))

test.run()
