import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import sharp from 'sharp'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ashlarJson } from '../support/ashlar.ts'
import { findings } from '../support/axe.ts'
import { chromiumPath, startChromium } from '../support/chromium.ts'
import { PHOTO_TABLE, writePhotoTable } from '../support/photo-table.ts'
import { type Started, start } from '../support/process.ts'

interface Served {
  readonly server: Started
  readonly address: string
  readonly run: string
}

interface Context {
  readonly folder: string
  readonly browser: Browser
  readonly pictures: Served
  readonly table: Served
  readonly both: Served
  readonly indices: Served
  readonly labels: Served
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

/** Pictures of two colours, as JPEG of two sizes. */
async function makePictures(folder: string): Promise<void> {
  for (const [name, color] of Object.entries({ green: [40, 180, 60], red: [200, 50, 40] })) {
    mkdirSync(join(folder, name), { recursive: true })
    for (let i = 0; i < 24; i++) {
      const [r, g, b] = color.map((part) => part + ((i * 37) % 41) - 20)
      const size = i % 2 === 0 ? { width: 40, height: 28 } : { width: 30, height: 36 }
      await sharp({ create: { ...size, channels: 3, background: { r: r!, g: g!, b: b! } } })
        .jpeg()
        .toFile(join(folder, name, `${i}.jpg`))
    }
  }
}

function makeTable(path: string): void {
  const rows = Array.from({ length: 80 }, (_, i) => {
    const [size, kind] = [(i * 7) % 40, i % 3 === 0 ? 'round' : 'flat']
    return `${size},${kind},${size > 20 ? 'large' : 'small'}`
  })
  writeFileSync(path, `size,kind,answer\n${rows.join('\n')}\n`)
}

function makeLabels(path: string): void {
  const rows = Array.from({ length: 300 }, (_, id) => {
    const [x, y] = [((id * 37) % 100) / 50 - 1, ((id * 61) % 100) / 50 - 1]
    return `${x},${y},${Number(x > 0)},${Number(y > 0)}`
  })
  writeFileSync(path, `x,y,right,top\n${rows.join('\n')}\n`)
}

async function serveRun(run: string): Promise<Served> {
  const server = start(['serve', run, '--port', '0'])
  const [, address] = await server.seen(/serving +(http:\S+)/)
  return { server, address: address!, run }
}

async function serve(folder: string, data: string): Promise<Served> {
  const experiment = join(folder, `${data}.yaml`)
  await ashlarJson('new', 'experiment', join(folder, data), '--yes', '--out', experiment)
  const { run } = await ashlarJson<{ run: string }>(
    ...['run', experiment, 'epochs=3', '--out', join(folder, 'runs')],
  )
  return serveRun(run)
}

/** A picture and a table together, and two answers. */
async function serveBoth(folder: string): Promise<Served> {
  const table = await writePhotoTable(folder)
  const { run } = await ashlarJson<{ run: string }>(
    ...['run', PHOTO_TABLE, `dataset.files=${table}`, '--out', join(folder, 'runs')],
  )
  return serveRun(run)
}

/** A table whose categories are indices, which an embedding takes. */
const INDICES = `
model: { name: table-network, hidden: [8] }
dataset: { name: csv, file: table.csv, target: answer, task: classification, categorical: [kind], categories: index }
epochs: 4
`

/** Yes or no to each of two labels. */
const LABELS = `
model: { name: mlp, hidden: [16] }
dataset: { name: csv-stream, files: labels.csv, features: [x, y], target: [right, top], task: multi-label }
optimizer: { name: adam, learningRate: 0.02 }
epochs: 8
`

async function serveYaml(folder: string, name: string, text: string): Promise<Served> {
  const experiment = join(folder, `${name}.yaml`)
  writeFileSync(experiment, text)
  const { run } = await ashlarJson<{ run: string }>(
    ...['run', experiment, '--out', join(folder, 'runs')],
  )
  return serveRun(run)
}

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
  Object.assign(context, {
    pictures: await serve(folder, 'pictures'),
    table: await serve(folder, 'table.csv'),
    both: await serveBoth(join(folder, 'both')),
    indices: await serveYaml(folder, 'indices', INDICES),
    labels: await serveYaml(folder, 'labels', LABELS),
    browser: await startChromium([
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
    ]),
  })
}

async function finish({
  folder,
  browser,
  pictures,
  table,
  both,
  indices,
  labels,
}: Context): Promise<void> {
  await browser?.close()
  for (const served of [pictures, table, both, indices, labels]) {
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
async function agrees(page: Page, run: string, file: string): Promise<void> {
  const { predictions } = await ashlarJson<Predicted>('predict', run, file)
  const { class: name, probability } = predictions[0]!
  await page.waitForSelector(`#bars tr.best th:text-is("${name}")`)
  for (const who of ['server', 'browser']) {
    await page.locator(`#${who}-time`, { hasText: 'ms' }).waitFor()
  }
  assert.is(await page.locator('#problem').isVisible(), false)
  const shown = /([\d.]+) ?%/.exec((await page.textContent('#bars tr.best')) ?? '')?.[1]
  assert.ok(Math.abs(Number(shown) / 100 - probability) < 0.03, `${shown} %, ${probability}`)
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

if (chromiumPath === undefined) {
  process.stdout.write('skipped: no Chromium (install it, or set ASHLAR_CHROMIUM)\n')
  for (const name of Object.keys(cases)) test.skip(name)
} else {
  test.before(prepare)
  test.after(finish)
  for (const [name, body] of Object.entries(cases)) test(name, body)
}

test.run()
