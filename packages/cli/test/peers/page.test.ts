import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import type { Browser, Page } from 'playwright-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ashlarJson } from '../support/ashlar.ts'
import { startChromium } from '../support/chromium.ts'
import { inChromium } from '../support/in-chromium.ts'
import { type Started, start } from '../support/process.ts'

interface Context {
  readonly folder: string
  readonly server: Started
  readonly address: string
  /** The file that is served. */
  readonly model: string
  readonly browser: Browser
}

interface Samples {
  readonly images: readonly { readonly label: string; readonly pixels: string }[]
}

const test = suite<Context>('the page in Chromium')

/** Server and browser run the same file by two builds of onnxruntime. */
const CLOSE = 1e-4

async function prepare(context: Context): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'ashlar-page-'))
  const args = ['mnist-mini-resnet', 'dataset.limit=6400', '--out', folder]
  const { run } = await ashlarJson<{ run: string }>('run', ...args)
  const server = start(['serve', run, '--port', '0'])
  const [, address] = await server.seen(/serving +(http:\S+)/)
  const model = join(run, 'model.onnx')
  Object.assign(context, { folder, server, address, model, browser: await startChromium() })
}

async function finish({ folder, server, browser }: Context): Promise<void> {
  await browser?.close()
  server?.child.kill('SIGTERM')
  await server?.ended
  rmSync(folder, { recursive: true, force: true })
}

const cases: Readonly<Record<string, (context: Context) => Promise<void>>> = {
  'answers while a digit is drawn, server and browser alike': async ({ browser, address }) => {
    const page = await open(browser, address)
    await stroke(page, [
      [0.5, 0.15],
      [0.5, 0.85],
    ])
    await bothAnswered(page)
    assert.is(await best(page), '1')
    for (const who of ['server', 'browser']) {
      assert.match((await page.textContent(`#${who}-time`)) ?? '', /^\d+\.\d ms$/)
    }
    await page.close()
  },
  'the answer to a sample is what the file gives for its pixels': async (context) => {
    const { browser, address, model } = context
    const page = await open(browser, address)
    const { images } = (await (await fetch(`${address}/page/samples.json`)).json()) as Samples
    assert.is(images.length, 20)
    const session = await InferenceSession.create(model)
    for (const [index, { label, pixels }] of images.entries()) {
      const button = page.locator('#samples button').nth(index)
      assert.is(await button.getAttribute('aria-label'), `Sample: ${label}`)
      await page.locator('#clear').click()
      await button.click()
      await bothAnswered(page)
      const data = Float32Array.from(Buffer.from(pixels, 'base64'), (pixel) => pixel / 255)
      const { output } = await session.run({ input: new Tensor('float32', data, [1, 28, 28, 1]) })
      const expected = output!.data as Float32Array
      assert.is(await best(page), String(expected.indexOf(Math.max(...expected))))
    }
    await page.close()
  },
  'can be drawn on by keyboard, and tells screen readers': async ({ browser, address }) => {
    const page = await open(browser, address)
    await page.locator('#canvas').focus()
    for (const key of ['ArrowUp', 'ArrowUp', 'ArrowUp', 'ArrowUp', ' ']) {
      await page.keyboard.press(key)
    }
    for (let step = 0; step < 8; step++) await page.keyboard.press('ArrowDown')
    await page.keyboard.press(' ')
    await bothAnswered(page)
    const spoken = page.locator('#spoken', { hasText: /\S/ })
    assert.match((await spoken.textContent()) ?? '', /^The model sees \d, \d+\.\d %$/)
    assert.match((await page.getAttribute('#canvas', 'aria-label')) ?? '', /Pen up, 50 percent/)
    await page.keyboard.press('Delete')
    assert.is(await page.textContent('#server-time'), '')
    await page.close()
  },
  'fits a phone, takes touch, and follows a dark theme': async ({ browser, address }) => {
    const page = await open(browser, address, {
      colorScheme: 'dark',
      hasTouch: true,
      viewport: { width: 360, height: 740 },
    })
    const width = await page.evaluate('document.documentElement.scrollWidth')
    assert.ok(Number(width) <= 360, `${width} pixels wide`)
    const box = (await page.locator('#canvas').boundingBox())!
    await page.touchscreen.tap(box.x + box.width / 2, box.y + box.height / 2)
    await bothAnswered(page)
    for (const [property, isRight] of [
      ['color', (level: number) => level > 200],
      ['backgroundColor', (level: number) => level < 50],
    ] as const) {
      const color = String(
        await page.evaluate(`getComputedStyle(document.querySelector('#canvas')).${property}`),
      )
      assert.ok(isRight(Number(/\d+/.exec(color)?.[0])), `${property} ${color}`)
    }
    await page.close()
  },
  'shows the card, and gives the file': async ({ browser, address }) => {
    const page = await open(browser, address)
    const card = (await page.textContent('#card')) ?? ''
    for (const text of ['accuracy', 'against TensorFlow.js', 'mnist', 'SHA-256', 'seed']) {
      assert.ok(card.includes(text), text)
    }
    await stroke(page, [
      [0.3, 0.3],
      [0.7, 0.7],
    ])
    await bothAnswered(page)
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.locator('#download').click(),
    ])
    assert.is(download.suggestedFilename(), 'mnist-mini-resnet.onnx')
    await page.close()
  },
}

/** Opens the page. Nothing on it may fail, and nothing may come from elsewhere. */
async function open(
  browser: Browser,
  address: string,
  options: Parameters<Browser['newPage']>[0] = {},
): Promise<Page> {
  const page = await browser.newPage(options)
  page.setDefaultTimeout(600_000)
  page.on('pageerror', (error) => {
    throw error
  })
  page.on('request', (request) => {
    if (!request.url().startsWith(address)) throw new Error(`asks for ${request.url()}`)
  })
  await page.goto(address)
  await page.waitForSelector('#bars tbody tr')
  return page
}

/** Draws one line through points, in parts of the canvas. */
async function stroke(page: Page, points: readonly (readonly [x: number, y: number])[]) {
  const { x, y, width, height } = (await page.locator('#canvas').boundingBox())!
  for (const [index, [across, down]] of points.entries()) {
    await page.mouse.move(x + across * width, y + down * height, { steps: 8 })
    if (index === 0) await page.mouse.down()
  }
  await page.mouse.up()
}

/** Waits until both have answered, and compares the two. */
async function bothAnswered(page: Page): Promise<void> {
  for (const who of ['server', 'browser']) {
    await page.locator(`#${who}-time`, { hasText: 'ms' }).waitFor()
  }
  const difference = await page.locator('#difference').getAttribute('data-difference')
  assert.ok(difference !== null && Number(difference) < CLOSE, `${difference}`)
  assert.is(await page.locator('#problem').isVisible(), false)
}

async function best(page: Page): Promise<string | null> {
  return page.textContent('#bars tr.best th')
}

inChromium(test, cases, { prepare, finish })

test.run()
