import { existsSync } from 'node:fs'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ashlar, TINY } from '../support/ashlar.ts'
import { inScratch } from '../support/scratch.ts'

const test = suite('the folder of a sweep of somebody else')

const REQUEST = {
  ...{ ashlar: 'sweep', version: 1, name: 'strange', target: TINY, args: ['seed=0,1'] },
  ...{ metric: 'loss', constraints: [], seed: 0, suggester: { name: 'grid' } },
  ...{ scheduler: { name: 'full' }, launcher: { name: 'local' }, attempts: 1 },
  ...{ base: '', began: '2026-11-03T14:25:01.000Z' },
}

test('goes on with nothing, lists nothing and calls nobody without --trust, and says what it would do', () =>
  inScratch({}, async (scratch) => {
    const marker = join(scratch, 'marker')
    const evil = join(scratch, 'evil.mjs')
    await writeFile(
      evil,
      `import { writeFileSync } from 'node:fs'\nwriteFileSync('${marker}', '')\n`,
    )
    const folder = join(scratch, 'sweep')
    await mkdir(folder)
    for (const [change, told] of [
      [{ target: evil }, /run +\S+evil\.mjs \(target\)/],
      [{ args: ['seed=0,1', `plugins=[${evil}]`] }, /run +plugins=\[\S+evil\.mjs\] \(args\)/],
      [
        { launcher: { name: 'bullmq', queue: 'redis://127.0.0.1:1', store: 's3://evil/x' } },
        /call +s3:\/\/evil\/x \(launcher\.store\)/,
      ],
    ] as const) {
      await writeFile(join(folder, 'sweep.json'), JSON.stringify({ ...REQUEST, ...change }))
      for (const more of [[], ['--dry-run']]) {
        const { code, err } = await ashlar('sweep', '--resume', folder, ...more)
        assert.is(code, 2, err)
        assert.match(err, told)
        assert.match(err, 'Add --trust if you trust all of this.')
        assert.not.ok(existsSync(marker))
        assert.equal(await readdir(folder), ['sweep.json'])
      }
    }
    // Trusted, it goes as far as any: this is another experiment than it began with.
    await writeFile(join(folder, 'sweep.json'), JSON.stringify(REQUEST))
    const trusted = await ashlar('sweep', '--resume', folder, '--trust', '--dry-run')
    assert.match(trusted.err, /must go on with the experiment that it began with/)
  }))

test.run()
