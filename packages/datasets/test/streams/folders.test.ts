import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { oneIn, refusal, tieredSuite } from '@ashlar/test-support'
import sharp from 'sharp'
import * as assert from 'uvu/assert'
import { folders, imageFolder } from '../../src/index.ts'
import { palettePng } from '../support/palette-png.ts'
import { createAnyDataset } from '../support/plugins.ts'
import { picture } from '../support/records.ts'
import { epochOf, listed, partsOf } from '../support/streams.ts'
import { withTempFolder } from '../support/temp-folder.ts'
import { wrong } from '../support/wrong.ts'

const { test, slow } = tieredSuite('folders side by side')

// Each of these starts a process and threads.
const some = oneIn(12, { test, slow })

/** Writes pictures of four squares and masks of their classes. */
async function writeMasks(folder: string, count: number, type: string): Promise<void> {
  const [width, height] = [16, 12]
  for (const name of ['images', 'masks'])
    await mkdir(join(folder, name, 'part'), { recursive: true })
  for (let id = 0; id < count; id++) {
    const kind = (x: number, y: number) => (x < 8 ? 0 : 1) + (y < 6 ? 0 : 1) * (id % 2)
    const pixels = Buffer.alloc(width * height * 3)
    const mask = Buffer.alloc(width * height)
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const at = y * width + x
        mask[at] = kind(x, y)
        pixels.fill(mask[at]! * 100, at * 3, at * 3 + 3)
      }
    }
    const raw = { raw: { width, height, channels: 3 } } as const
    const path = (at: string) => join(folder, at, id % 3 ? 'part' : '', `${id}`)
    await sharp(pixels, raw)
      .png()
      .toFile(`${path('images')}.png`)
    await writeFile(`${path('masks')}_m.png`, await maskAs(type, mask, { width, height }))
  }
}

async function maskAs(
  type: string,
  mask: Buffer,
  { width, height }: { readonly width: number; readonly height: number },
): Promise<Uint8Array> {
  const palette = [
    [0, 0, 0],
    [128, 0, 0],
    [0, 128, 0],
  ] as const
  if (type === 'colour') {
    const data = Buffer.from([...mask].flatMap((each) => palette[each]!))
    return sharp(data, { raw: { width, height, channels: 3 } })
      .png()
      .toBuffer()
  }
  if (type === 'grey') {
    return sharp(mask, { raw: { width, height, channels: 1 } })
      .toColourspace('b-w')
      .png()
      .toBuffer()
  }
  // As VOC's are: places of a palette, four bits each.
  const line = Math.ceil(width / 2)
  const rows = Buffer.alloc((line + 1) * height)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      rows[y * (line + 1) + 1 + (x >> 1)]! |= mask[y * width + x]! << (x % 2 ? 0 : 4)
    }
  }
  return palettePng(rows, { width, height, palette: palette.flat() })
}

const folded = {
  folders: { image: 'images', mask: 'masks' },
  suffixes: { mask: '_m' },
  ...{ input: 'image', as: 'picture', size: [6, 6], target: 'mask', task: 'segmentation' },
  ...{ classes: ['ground', 'one', 'two'], testPart: 2 },
}

for (const type of ['palette', 'grey', 'colour']) {
  for (const fit of ['cover', 'contain', 'fill']) {
    some(`masks by ${type} lie on their pictures, ${fit}`, () =>
      withTempFolder(async (folder) => {
        await writeMasks(folder, 8, type)
        const values = type === 'colour' ? { values: ['#000000', '#800000', '#008000'] } : {}
        const options = { ...folded, ...values, fit, channels: 1 }
        const dataset = createAnyDataset(folders, options, { folder })
        assert.equal(dataset.info.labelShape, [6, 6])
        let counted = 0
        for (const split of partsOf(await dataset.load())) {
          const { inputs, labels } = (await listed(split, dataset)) as unknown as Record<
            string,
            number[]
          >
          assert.is(labels!.length, inputs!.length)
          for (const [at, label] of labels!.entries()) {
            const shade = inputs![at]!
            const isEdge = [3, 2].includes(at % 6) || [3, 2].includes(Math.floor(at / 6) % 6)
            if (label === -1) assert.ok(fit === 'contain' && shade === 0)
            else if (!isEdge)
              assert.ok(Math.abs(shade - label * 100) < 30, `${at}: ${shade} ${label}`)
            if (label > 0) counted++
          }
          const added = labels!.filter((label) => label === -1).length
          assert.is(added > 0, fit === 'contain')
        }
        assert.ok(counted > 50)
      }),
    )
  }
}

slow('masks that are none, of another size, or without a picture are told', () =>
  withTempFolder(async (folder) => {
    await writeMasks(folder, 6, 'grey')
    const path = join(folder, 'masks', '0_m.png')
    const of = (more: object = {}) => wrong(folders, { ...folded, ...more }, folder, 'images/0.png')
    const grey = (value: number, width = 16) =>
      sharp({
        create: { width, height: 12, channels: 3, background: { r: value, g: value, b: value } },
      })
        .toColourspace('b-w')
        .png()
        .toFile(path)
    await grey(7)
    assert.match(
      await of(),
      /images\/0\.png, "mask", pixel \d+, \d+: must be one of 0 \(ground\), 1 \(one\), 2 \(two\), 255 \(ignored\), got "7 \(#070707\)"/,
    )
    await grey(255)
    const ignored = createAnyDataset(folders, folded, { folder })
    const labels = (
      await Promise.all(partsOf(await ignored.load()).map((split) => listed(split, ignored)))
    ).flatMap((each) => each.labels as number[])
    assert.is(labels.filter((label) => label === -1).length, 36)
    await grey(1, 15)
    assert.match(await of(), 'must have the size of its picture, 16 by 12 pixels, got "15 by 12"')
    await writeFile(path, 'no picture')
    assert.match(await of(), 'must be')
    await writeFile(join(folder, 'masks', '9_m.png'), 'x')
    assert.match(
      await wrong(folders, folded, folder, 'masks/9_m.png'),
      'there must be a file of the same name in',
    )
    await grey(1)
    const skipped = createAnyDataset(folders, { ...folded, unmatched: 'skip' }, { folder })
    const without = await skipped.load()
    assert.is(without.train.length, 4)
    assert.equal(without.leftOut, [
      {
        where: join(folder, 'masks', '9_m.png'),
        reason: `there must be a file of the same name in ${join(folder, 'images')}, for the field "image"`,
      },
    ])
    const told = (more: object) =>
      refusal(() => createAnyDataset(folders, { ...folded, ...more }, { folder }).load())
    assert.match(
      await told({ input: 'picture' }),
      'field must be one of image, mask, got "picture"',
    )
    assert.match(await told({ values: [0, 1] }), 'dataset.values: must have one for each of the 3')
    assert.match(await told({ classes: undefined }), 'dataset.classes: must be given')
    assert.match(await told({ testFolders: { image: 'images' } }), 'folders.testFolders: field')
  }),
)

slow('pictures and masks come in the same order with any number of threads', () =>
  withTempFolder(async (folder) => {
    await writeMasks(folder, 8, 'palette')
    const epochs = []
    for (const threads of [1, 2, 5]) {
      const dataset = createAnyDataset(folders, { ...folded, threads }, { folder })
      epochs.push(await epochOf((await dataset.load()).train, dataset))
    }
    assert.equal(epochs[1], epochs[0])
    assert.equal(epochs[2], epochs[0])
  }),
)

slow('a folder of pictures alone is what image-folder has of it', () =>
  withTempFolder(async (folder) => {
    for (const name of ['a', 'b']) await mkdir(join(folder, 'pictures', name), { recursive: true })
    await mkdir(join(folder, 'kinds', 'a'), { recursive: true })
    await mkdir(join(folder, 'kinds', 'b'), { recursive: true })
    for (let id = 0; id < 12; id++) {
      const kind = id % 2 ? 'b' : 'a'
      await writeFile(join(folder, 'pictures', kind, `${id}.png`), await picture(id))
      await writeFile(join(folder, 'kinds', kind, `${id}.txt`), `${kind}\n`)
    }
    const options = { as: 'picture', size: [3, 3], task: 'classification', testPart: 3 }
    const ours = createAnyDataset(
      folders,
      { ...options, folders: { image: 'pictures', kind: 'kinds' }, input: 'image', target: 'kind' },
      { folder },
    )
    const theirs = createAnyDataset(
      imageFolder,
      { folder: 'pictures', size: [3, 3], stream: true, testPart: 3 },
      { folder },
    )
    const pairs = async (dataset: typeof ours) => {
      const parts = await Promise.all(
        partsOf(await dataset.load()).map((split) => listed(split, dataset)),
      )
      return parts
        .flatMap(({ inputs, labels }) =>
          (labels as number[]).map((label, at) =>
            String([label, ...(inputs as number[]).slice(at * 27, (at + 1) * 27)]),
          ),
        )
        .sort()
    }
    assert.equal(await pairs(ours), await pairs(theirs))
  }),
)

test.run()
