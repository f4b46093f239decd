import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rawReader } from '@ashlar/datasets/raw'
import type { Browser, Page } from 'playwright-core'
import sharp from 'sharp'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ashlarJson } from '../support/ashlar.ts'
import { findings } from '../support/axe.ts'
import { startChromium } from '../support/chromium.ts'
import { inChromium } from '../support/in-chromium.ts'
import { HEIGHT, oddPictures, WIDTH } from '../support/odd-pictures.ts'
import {
  GREY,
  INDICES,
  LABELS,
  makeLabels,
  makeNumbers,
  makePictures,
  makeTable,
  type Served,
  serveBoth,
  serveRaw,
  serveRun,
  serveYaml,
  train,
  trainYaml,
} from '../support/served-data.ts'

interface Context {
  readonly folder: string
  readonly browser: Browser
  readonly pictures: Served
  readonly table: Served
  readonly both: Served
  readonly indices: Served
  readonly labels: Served
  /** Files that make samples of what they take themselves. */
  readonly raw: {
    readonly pictures: Served
    readonly anySize: Served
    /** Of a network that sees colours in grey. */
    readonly mixed: Served
    readonly cells: Served
  }
}

interface Predicted {
  readonly predictions: readonly { readonly class: string; readonly probability: number }[]
}

const test = suite<Context>('what the page in Chromium takes')

/** Run in the page: columns of a table whose heading and values do not end at one edge, and a caption that begins elsewhere than the names of the rows. */
const EDGES = `(() => {
  const box = (element) => {
    const range = document.createRange()
    range.selectNodeContents(element)
    return range.getBoundingClientRect()
  }
  const all = (selector) => [...document.querySelectorAll('#bars-1 ' + selector)].map(box)
  const values = all('tbody td')
  const wrong = all('thead th + th').flatMap(({ right }, at) => Math.abs(right - values[at].right) > 1 ? ['column ' + at] : [])
  return Math.abs(all('caption')[0].left - all('tbody th')[0].left) > 1 ? [...wrong, 'caption'] : wrong
})()`

/** A cell that is no number is refused with that problem; then a row with one that is, asked for by keyboard. */
async function enterRow(page: Page, size: string, problem: string): Promise<void> {
  await page.getByLabel('size').fill('wide')
  await page.getByRole('button', { name: 'Predict' }).click()
  await page.waitForSelector(`.field-problem:has-text("${problem}")`)
  await page.getByLabel('size').fill(size)
  await page.getByLabel('kind').selectOption('flat')
  await page.keyboard.press('Enter')
}

async function prepare(context: Context): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'ashlar-page-inputs-'))
  Object.assign(context, { folder })
  await makePictures(join(folder, 'pictures'))
  makeTable(join(folder, 'table.csv'))
  makeLabels(join(folder, 'labels.csv'))
  makeNumbers(join(folder, 'numbers.csv'))
  const pictures = await train(folder, 'pictures')
  Object.assign(context, {
    pictures: await serveRun(pictures),
    table: await serveRun(await train(folder, 'table.csv')),
    raw: {
      pictures: await serveRaw(folder, pictures),
      anySize: await serveRaw(folder, pictures, 'resize'),
      mixed: await serveRaw(
        ...([folder, await trainYaml(folder, 'grey', GREY), 'true', 'export.colors=true'] as const),
      ),
      cells: await serveRaw(folder, await train(folder, 'numbers.csv')),
    },
    both: await serveBoth(join(folder, 'both')),
    indices: await serveYaml(folder, 'indices', INDICES),
    labels: await serveYaml(folder, 'labels', LABELS),
    browser: await startChromium([
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
    ]),
  })
}

async function finish({ browser, folder, ...context }: Context): Promise<void> {
  await browser?.close()
  const { pictures, table, both, indices, labels, raw } = context
  const own = [raw?.pictures, raw?.anySize, raw?.mixed, raw?.cells]
  for (const served of [pictures, table, both, indices, labels, ...own]) {
    served?.server.child.kill('SIGTERM')
    await served?.server.ended
  }
  rmSync(folder, { recursive: true, force: true })
}

async function open(browser: Browser, address: string): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 390, height: 800 } })
  page.setDefaultTimeout(600_000)
  page.on('pageerror', (error) => {
    throw error
  })
  await page.goto(address)
  await page.waitForSelector('#bars tbody tr')
  return page
}

/** What `ashlar predict` says of a file is what the page says of it, on the server and in the browser. */
async function agrees(page: Page, run: string, file: string, most = 0.03): Promise<void> {
  const { predictions } = await ashlarJson<Predicted>('predict', run, file)
  const { class: name, probability } = predictions[0]!
  await page.waitForSelector(`#bars tr.best th:text-is("${name}")`)
  for (const who of ['server', 'browser']) {
    await page.locator(`#${who}-time`, { hasText: 'ms' }).waitFor()
  }
  assert.is(await page.locator('#problem').isVisible(), false)
  const shown = /([\d.]+) ?%/.exec((await page.textContent('#bars tr.best')) ?? '')?.[1]
  assert.ok(Math.abs(Number(shown) / 100 - probability) < most, `${shown} %, ${probability}`)
  const apart = await page.locator('#difference').getAttribute('data-difference')
  assert.ok(Number(apart) < 1e-4, `server and browser differ by ${apart}`)
}

/** Waits for something that the page must come to; its policy lets no expression wait inside of it. */
async function until(page: Page, expression: string): Promise<void> {
  while ((await page.evaluate(expression).catch(() => false)) !== true) {
    await page.waitForTimeout(20)
  }
}

/** Gives a file by an event as dropping and pasting make it. */
async function give(page: Page, type: 'drop' | 'paste', file: string): Promise<void> {
  const data = readFileSync(file).toString('base64')
  const event =
    type === 'drop'
      ? `new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true })`
      : `new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true })`
  await page.evaluate(`(() => {
    const bytes = Uint8Array.from(atob('${data}'), (char) => char.charCodeAt(0))
    const data = new DataTransfer()
    data.items.add(new File([bytes], 'given.jpg', { type: 'image/jpeg' }))
    document.body.dispatchEvent(${event})
  })()`)
}

const cases: Readonly<Record<string, (context: Context) => Promise<void>>> = {
  'a colour picture by file, dropped, or pasted, as ashlar predict sees it': async (context) => {
    const { browser, folder, pictures } = context
    const [red, green] = ['red/3.jpg', 'green/2.jpg'].map((name) => join(folder, 'pictures', name))
    const page = await open(browser, pictures.address)
    assert.equal(await findings(page), [])
    await page.locator('#upload').setInputFiles(red!)
    await agrees(page, pictures.run, red!)
    await give(page, 'drop', green!)
    await agrees(page, pictures.run, green!)
    await give(page, 'paste', red!)
    await agrees(page, pictures.run, red!)
    assert.equal(await findings(page), [])
    assert.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'))
    const text = join(folder, 'text.jpg')
    writeFileSync(text, 'no picture')
    await page.locator('#upload').setInputFiles(text)
    await page.waitForSelector('#problem:has-text("text.jpg is no picture")')
    await page.close()
  },
  'pixels of pictures of many kinds are those that ashlar predict has': async (context) => {
    const { browser, folder, pictures } = context
    const page = await open(browser, pictures.address)
    for (const [name, bytes] of Object.entries(await oddPictures())) {
      const file = join(folder, name)
      writeFileSync(file, bytes)
      const { height, width, data } = (await page.evaluate(
        `import('/page/picture-source.js').then(async ({ pictureIn }) => {
          const bytes = Uint8Array.from(atob('${bytes.toString('base64')}'), (char) => char.charCodeAt(0))
          const { height, width, data } = await pictureIn(new File([bytes], 'given'))
          return { height, width, data: [...data] }
        })`,
      )) as { height: number; width: number; data: number[] }
      const read = await rawReader({ kind: 'image', height, width, channels: 3, fit: 'fill' })
      const expected = (await read(file)).data
      let worst = 0
      for (const [at, share] of expected.entries()) {
        const shown = data[4 * Math.floor(at / 3) + (at % 3)]!
        worst = Math.max(worst, Math.abs(shown - 255 * share))
      }
      // Colours of other spaces may be rounded to the neighbour.
      assert.ok(worst <= 1.01, `${name}: ${worst}`)
      const isTurned = /orientation [568]|turned/.test(name)
      assert.equal([width, height], isTurned ? [HEIGHT, WIDTH] : [WIDTH, HEIGHT], name)
    }
    await page.close()
  },
  'a picture that the browser does not read is read by the server': async (context) => {
    const { browser, folder, pictures, both } = context
    const page = await open(browser, pictures.address)
    const colour = { r: 190, g: 60, b: 50 }
    const made = () => sharp({ create: { width: 44, height: 30, channels: 3, background: colour } })
    const { data, info } = await made().raw().toBuffer({ resolveWithObject: true })
    const files = {
      'lzw.tif': await made().tiff({ compression: 'lzw' }).toBuffer(),
      'deep.tif': await made().toColourspace('rgb16').tiff().toBuffer(),
      'rows.ppm': Buffer.concat([Buffer.from(`P6 ${info.width} ${info.height} 255\n`), data]),
    }
    assert.match((await page.locator('#upload').getAttribute('accept')) ?? '', /image\/\*,.*\.tiff/)
    for (const [name, bytes] of Object.entries(files)) {
      const file = join(folder, name)
      writeFileSync(file, bytes)
      await page.locator('#upload').setInputFiles(join(folder, 'pictures', 'green/2.jpg'))
      await page.waitForSelector('#bars tr.best th:text-is("green")')
      await page.locator('#upload').setInputFiles(file)
      await agrees(page, pictures.run, file)
      await page.waitForSelector('#bars tr.best th:text-is("red")')
    }
    const cut = join(folder, 'cut.tif')
    writeFileSync(cut, files['lzw.tif'].subarray(0, 40))
    await page.locator('#upload').setInputFiles(cut)
    await page.waitForSelector(
      '#problem:has-text("cut.tif is no picture that this browser can read, nor its server: the picture: must be")',
    )
    await page.close()
    // As a part of a form, too.
    const form = await open(browser, both.address)
    await form.getByLabel('Picture', { exact: true }).setInputFiles(join(folder, 'lzw.tif'))
    await form.waitForSelector('canvas.preview[width="44"][height="30"]:not([hidden])')
    await form.close()
  },
  'what the camera sees': async ({ browser, pictures }) => {
    const page = await open(browser, pictures.address)
    await page.locator('#camera').click()
    await page.locator('#shot').click()
    for (const who of ['server', 'browser']) {
      await page.locator(`#${who}-time`, { hasText: 'ms' }).waitFor()
    }
    assert.is(await page.locator('#problem').isVisible(), false)
    await page.close()
  },
  'a form for a table, by keyboard, as ashlar predict sees the row': async ({
    browser,
    folder,
    table,
  }) => {
    const page = await open(browser, table.address)
    await enterRow(page, '35', 'size')
    const row = join(folder, 'row.csv')
    writeFileSync(row, 'size,kind\n35,flat\n')
    await agrees(page, table.run, row)
    assert.equal(await findings(page), [])
    await page.close()
  },
  'a file that scales pictures itself gets them as they stand': async (context) => {
    const { browser, folder, raw } = context
    for (const { address, run } of [raw.pictures, raw.anySize, raw.mixed]) {
      const page = await open(browser, address)
      for (const name of ['red/3.jpg', 'green/2.jpg']) {
        const file = join(folder, 'pictures', name)
        await page.locator('#upload').setInputFiles(file)
        await agrees(page, run, file)
      }
      await page.close()
    }
  },
  'a file that fills, scales and knows categories itself gets cells as they stand': async (
    context,
  ) => {
    const { browser, folder, raw } = context
    const page = await open(browser, raw.cells.address)
    for (const [income, share, kind] of [
      ['35000', '0.003', 'flat'],
      ['2000', '', 'bent'],
      ['21000', '0.001', ''],
    ] as const) {
      await page.getByLabel('income').fill(income)
      await page.getByLabel('share').fill(share)
      await page.getByLabel('kind').selectOption(kind)
      await page.getByRole('button', { name: 'Predict' }).click()
      const row = join(folder, 'numbers-row.csv')
      writeFileSync(row, `income,share,kind\n${income},${share},${kind}\n`)
      await agrees(page, raw.cells.run, row, 0.001)
    }
    await page.close()
  },
  'a picture and a table in one form, an answer for each output': async ({
    browser,
    folder,
    both,
  }) => {
    const page = await open(browser, both.address)
    assert.equal(await page.locator('fieldset legend').allTextContents(), ['photo', 'facts'])
    assert.equal(await page.locator('table caption').allTextContents(), ['colour', 'price'])
    await page.getByRole('button', { name: 'Predict' }).click()
    await page.waitForSelector('.field-problem:has-text("photo must be given")')
    const photo = join(folder, 'both', 'photos', '3.png')
    await page.getByLabel('Picture', { exact: true }).setInputFiles(photo)
    await enterRow(page, '33', 'size must be a number')
    const lines = join(folder, 'both', 'one.jsonl')
    const sample = { photo: 'photos/3.png', facts: { size: 33, kind: 'flat' } }
    writeFileSync(lines, JSON.stringify(sample))
    const { predictions } = await ashlarJson<{
      readonly predictions: readonly {
        readonly answers: {
          readonly colour: { readonly class: string; readonly probability: number }
          readonly price: { readonly value: number }
        }
      }[]
    }>('predict', both.run, lines)
    const { colour, price } = predictions[0]!.answers
    await page.waitForSelector(`#bars tr.best th:text-is("${colour.class}")`)
    for (const table of ['#bars', '#bars-1']) {
      for (const who of ['server', 'browser']) {
        await page.locator(`${table} [data-time=${who}]`, { hasText: 'ms' }).waitFor()
      }
    }
    assert.is(await page.locator('#problem').isVisible(), false)
    const share = /([\d.]+) ?%/.exec((await page.textContent('#bars tr.best')) ?? '')?.[1]
    assert.ok(Math.abs(Number(share) / 100 - colour.probability) < 0.005)
    for (const shown of await page.locator('#bars-1 td.number').allTextContents()) {
      assert.ok(Math.abs(Number(shown) - price.value) < 1e-3, `${shown}, ${price.value}`)
    }
    assert.equal(await page.evaluate(EDGES), [])
    const apart = await page.locator('#difference').getAttribute('data-difference')
    assert.ok(Number(apart) < 1e-4)
    assert.equal(await findings(page), [])
    assert.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'))
    await page.close()
  },
  'several labels: each is right or not by itself': async ({ browser, labels }) => {
    const page = await open(browser, labels.address)
    for (const [x, y, right] of [
      ['0.9', '0.9', ['right', 'top']],
      ['-0.9', '0.9', ['top']],
      ['-0.9', '-0.9', []],
    ] as const) {
      await page.getByLabel('x', { exact: true }).fill(x)
      await page.getByLabel('y', { exact: true }).fill(y)
      await page.getByRole('button', { name: 'Predict' }).click()
      const shown = `JSON.stringify([...document.querySelectorAll('#bars tr.best th')].map((each) => each.textContent)) === '${JSON.stringify(right)}'`
      await until(page, shown)
      await until(
        page,
        `document.querySelector('#spoken').textContent.startsWith('The model sees ${right[0] ?? 'none'}')`,
      )
    }
    await page.close()
  },
  'categories that are indices: chosen, left out, or something else': async ({
    browser,
    folder,
    indices,
  }) => {
    const page = await open(browser, indices.address)
    assert.equal(await page.locator('fieldset legend').allTextContents(), ['kind', 'numbers'])
    const lines = join(folder, 'indices.jsonl')
    for (const kind of ['round', '', 'something else']) {
      await page.getByLabel('kind', { exact: true }).selectOption(kind)
      await page.getByLabel('size').fill('35')
      await page.getByRole('button', { name: 'Predict' }).click()
      for (const who of ['server', 'browser']) {
        await page.locator(`#bars [data-time=${who}]`, { hasText: 'ms' }).waitFor()
      }
      writeFileSync(lines, JSON.stringify({ kind, numbers: { size: 35 } }))
      const { predictions } = await ashlarJson<{
        readonly predictions: readonly {
          readonly outputs: Readonly<Record<string, { readonly data: readonly number[] }>>
        }[]
      }>('predict', indices.run, lines)
      const [large, small] = Object.values(predictions[0]!.outputs)[0]!.data as [number, number]
      const probability = 1 / (1 + Math.exp(Math.min(large, small) - Math.max(large, small)))
      const isShown = `Math.abs(parseFloat(document.querySelector('#bars tr.best').textContent.match(/([\\d.]+) ?%/)[1]) / 100 - ${probability}) < 0.006`
      await until(page, isShown)
      assert.is(await page.locator('#problem').isVisible(), false)
    }
    await page.close()
  },
}

inChromium(test, cases, { prepare, finish })

test.run()
