import { cp, mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { oneIn, refusal, tieredSuite } from '@ashlar/test-support'
import * as assert from 'uvu/assert'
import { imageFolder } from '../../src/index.ts'
import { withCacheIn } from '../support/cache-home.ts'
import { writePictureFolder } from '../support/pictures.ts'
import { createAnyDataset } from '../support/plugins.ts'
import { epochOf, listed, partsOf } from '../support/streams.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const { test, slow } = tieredSuite('broken pictures that are streamed')

// Each of these starts threads.
const some = oneIn(4, { test, slow })

const broken = ['train/cat/002.png', 'train/dog/001.jpg', 'test/dog/000.png']

async function writeBroken(folder: string): Promise<void> {
  await writePictureFolder(join(folder, 'train'), 6)
  await writePictureFolder(join(folder, 'test'), 2)
  const [empty, cut, text] = broken.map((name) => join(folder, name))
  await writeFile(empty!, '')
  await truncate(cut!, 200)
  await writeFile(text!, 'no picture')
  await writeFile(join(folder, 'test/cat/notes.txt'), 'no picture, and not called one')
}

const options = { folder: 'train', test: 'test', size: [2, 2], broken: 'skip' }

for (const [name, more] of Object.entries({
  'one after the other': { stream: true, threads: 0 },
  'by threads': { stream: true, threads: 3 },
  'from the cache of decoded ones': { cache: true, threads: 1 },
  'with some held out': { stream: true, threads: 1, validation: 0.25, limit: 9 },
})) {
  some(`are left out as those in memory are: ${name}`, () =>
    withTempFolder((folder) =>
      withCacheIn(join(folder, 'home'), async () => {
        await writeBroken(folder)
        const { stream: _, cache: __, ...rest } = more as Record<string, unknown>
        const held = createAnyDataset(imageFolder, { ...options, ...rest }, { folder })
        const streamed = createAnyDataset(imageFolder, { ...options, ...more }, { folder })
        const [expected, found] = [await held.load(), await streamed.load()]
        const places = (of: typeof found) => of.leftOut?.map(({ where }) => where).sort()
        assert.ok(expected.leftOut!.length > 0)
        assert.equal(places(found), places(expected))
        for (const { where, reason } of expected.leftOut!) {
          assert.is(found.leftOut!.find((each) => each.where === where)?.reason, reason)
        }
        for (const [at, split] of partsOf(found).entries()) {
          const own = partsOf(expected)[at]!
          assert.is(split.length, own.length)
          assert.equal(await listed(split, streamed), await listed(own, held))
        }
        assert.equal(await epochOf(found.train, streamed), await epochOf(expected.train, held))
        assert.is((await streamed.load()).digest, found.digest)
      }),
    ),
  )
}

for (const limit of [3, 7]) {
  test(`do not end a run that keeps all decoded ones and uses ${limit}`, () =>
    withTempFolder((folder) =>
      withCacheIn(join(folder, 'home'), async () => {
        await writeBroken(folder)
        const few = { ...options, limit, threads: 0 }
        const held = createAnyDataset(imageFolder, few, { folder })
        const kept = createAnyDataset(imageFolder, { ...few, cache: true }, { folder })
        const [expected, found] = [await held.load(), await kept.load()]
        const places = (of: typeof found) => of.leftOut?.map(({ where }) => where).sort()
        assert.equal(places(found), places(expected))
        assert.equal(await listed(found.train, kept), await listed(expected.train, held))
      }),
    ))
}

test('are looked for once, and again where what was kept is damaged or the data is another', () =>
  withTempFolder((folder) =>
    withCacheIn(join(folder, 'home'), async () => {
      await writeBroken(folder)
      const load = () =>
        createAnyDataset(imageFolder, { ...options, stream: true, threads: 1 }, { folder }).load()
      const kept = join(folder, 'home', 'datasets', 'broken')
      const { digest, leftOut } = await load()
      const [file] = await readdir(kept)
      const path = join(kept, file!)
      const rows = JSON.parse(await readFile(path, 'utf8')) as { row: number; reason: string }[]
      assert.is(rows.length, broken.length)
      // What is kept is believed: nothing was decoded again.
      await writeFile(path, JSON.stringify(rows.slice(1)))
      assert.is((await load()).leftOut?.length, leftOut!.length - 1)
      for (const damage of ['[{"row":', '[{"row": 99, "reason": ""}]', '[{"row": -1}]']) {
        await writeFile(path, damage)
        const again = await load()
        assert.is(again.digest, digest)
        assert.equal(again.leftOut, leftOut)
      }
      await cp(join(folder, 'train/cat/000.png'), join(folder, broken[0]!))
      assert.is((await load()).leftOut?.length, leftOut!.length - 1)
      assert.is((await readdir(kept)).length, 2)
    }),
  ))

test('are errors where nothing may be left out, or where a class has no others', () =>
  withTempFolder((folder) =>
    withCacheIn(join(folder, 'home'), async () => {
      await writeBroken(folder)
      const load = (more: object) =>
        createAnyDataset(imageFolder, { ...options, stream: true, ...more }, { folder }).load()
      assert.match(
        await refusal(async () => load({ broken: 'refuse' })),
        'notes.txt: only pictures must lie here',
      )
      await rm(join(folder, 'test/dog/001.jpg'))
      assert.match(
        await refusal(async () => load({})),
        'the class "dog" must have a picture that can be read among those that are used, and all are broken',
      )
      await rm(join(folder, 'home'), { recursive: true, force: true })
      await mkdir(join(folder, 'home', 'datasets'), { recursive: true })
      await writeFile(join(folder, 'home', 'datasets', 'broken'), 'in the way')
      assert.match(await refusal(async () => load({})), 'must be writable')
    }),
  ))

test.run()
