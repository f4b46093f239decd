import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser } from 'playwright-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ashlarJson } from '../support/ashlar.ts'
import { startChromium } from '../support/chromium.ts'
import { inChromium } from '../support/in-chromium.ts'
import { DESK, drawn, openPage } from '../support/ui-page.ts'

interface Context {
  readonly folder: string
  readonly browser: Browser
  /** Addresses of reports: of networks with branches, in blocks, and without. */
  readonly reports: readonly string[]
}

const test = suite<Context>('what a report draws, as Chromium sets it')

const MODELS = ['mini-resnet', 'simple-cnn', 'mobilenet-v2']

async function prepare(context: Context): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'ashlar-report-drawings-'))
  const reports: string[] = []
  for (const model of MODELS) {
    const thin = model === 'simple-cnn' ? 'model.filters=[4,4]' : 'model.width=0.125'
    const { run } = await ashlarJson<{ run: string }>(
      ...['run', 'mnist-mini-resnet', `model=${model}`, thin, 'epochs=2', 'dataset.limit=320'],
      ...['dataset.testLimit=100', 'dataset.validation=64', '--out', join(folder, 'runs')],
    )
    const { files } = await ashlarJson<{ files: string[] }>('report', run)
    reports.push(pathToFileURL(files[0]!).href)
  }
  Object.assign(context, { folder, reports, browser: await startChromium() })
}

async function finish({ folder, browser }: Context): Promise<void> {
  await browser?.close()
  rmSync(folder, { recursive: true, force: true })
}

/** Run in the page: words of a drawing that touch others, leave it, or leave the box that they stand in. */
const WRONG_PLACES = `[...document.querySelectorAll('.diagram svg, #curves svg')].flatMap((svg) => {
  const around = svg.getBoundingClientRect()
  const words = [...svg.querySelectorAll('text')].filter((text) => text.textContent.trim() !== '').map((text) => ({ text: text.textContent, box: text.getBoundingClientRect(), in: text.closest('g:has(> rect)')?.querySelector('rect')?.getBoundingClientRect() }))
  const isInside = (inner, outer) => inner.left >= outer.left - 1 && inner.right <= outer.right + 1 && inner.top >= outer.top - 1 && inner.bottom <= outer.bottom + 1
  const touch = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 3
  return words.flatMap((word, i) => [
    ...(isInside(word.box, around) ? [] : [word.text + ' leaves the drawing']),
    ...(word.in === undefined || isInside(word.box, word.in) ? [] : [word.text + ' leaves its box']),
    ...words.slice(i + 1).filter((other) => touch(word.box, other.box)).map((other) => word.text + ' touches ' + other.text),
  ])
})`

/** Run in the page: words of the diagram that are less than 4.5 times as light or dark as what lies below them, all shades together. */
const FAINT = `(() => {
  const parse = (text) => (text.match(/[\\d.]+/g) ?? ['0', '0', '0', '0']).map(Number)
  const over = ([r, g, b], alpha, below) => [r, g, b].map((part, i) => alpha * part + (1 - alpha) * below[i])
  const light = (color) => {
    const [r, g, b] = color.map((part) => part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const page = parse(getComputedStyle(document.body).backgroundColor)
  return [...document.querySelectorAll('.diagram svg')].flatMap((svg) => {
    const rects = [...svg.querySelectorAll('rect')].map((rect) => ({ rect, box: rect.getBoundingClientRect(), style: getComputedStyle(rect) }))
    return [...svg.querySelectorAll('text')].flatMap((text) => {
      const { left, right, top, bottom } = text.getBoundingClientRect()
      const [x, y] = [(left + right) / 2, (top + bottom) / 2]
      const below = rects.filter(({ rect, box }) => box.left <= x && x <= box.right && box.top <= y && y <= box.bottom && rect.compareDocumentPosition(text) & Node.DOCUMENT_POSITION_FOLLOWING)
      const ground = below.reduce((color, { style }) => style.fill === 'none' ? color : over(parse(style.fill), Number(style.fillOpacity), color), page.slice(0, 3))
      const style = getComputedStyle(text)
      const ink = over(parse(style.fill), Number(style.fillOpacity), ground)
      const [a, b] = [light(ink), light(ground)].sort((one, other) => other - one)
      const contrast = (a + 0.05) / (b + 0.05)
      return contrast >= 4.5 ? [] : [text.textContent + ' ' + contrast.toFixed(2)]
    })
  })
})()`

/** Run before the page's own scripts: words that are written beyond a canvas. */
const SPY = `
window.written = 0
window.cut = []
const { fillText } = CanvasRenderingContext2D.prototype
CanvasRenderingContext2D.prototype.fillText = function (text, x, y, ...rest) {
  written++
  const { width } = this.measureText(text)
  const { a, b, c, d, e, f } = this.getTransform()
  const left = x - (this.textAlign === 'right' ? width : this.textAlign === 'center' ? width / 2 : 0)
  for (const at of [left, left + width]) {
    const [px, py] = [a * at + c * y + e, b * at + d * y + f]
    if (px < -1 || py < -1 || px > this.canvas.width + 1 || py > this.canvas.height + 1) cut.push(text)
  }
  return fillText.call(this, text, x, y, ...rest)
}`

const LOOKS = {
  light: DESK,
  dark: { ...DESK, colorScheme: 'dark' as const },
  phone: { colorScheme: 'light' as const, viewport: { width: 360, height: 740 }, hasTouch: true },
}

const cases: Readonly<Record<string, (context: Context) => Promise<void>>> = {
  'words touch no others, and stay in their boxes and drawings': async ({ browser, reports }) => {
    for (const [at, address] of reports.entries()) {
      const still = await openPage(browser, address, { ...DESK, javaScriptEnabled: false })
      const count = await still.locator('.diagram svg text, #curves svg text').count()
      assert.ok(count > 30, `${count} words`)
      assert.equal(await still.evaluate(WRONG_PLACES), [], MODELS[at])
      await still.close()
    }
  },
  'words of the diagram can be read on every shade, light and dark': async ({
    browser,
    reports,
  }) => {
    for (const look of ['light', 'dark'] as const) {
      for (const [at, address] of reports.entries()) {
        const page = await openPage(browser, address, LOOKS[look])
        assert.equal(await page.evaluate(FAINT), [], `${look}, ${MODELS[at]}`)
        await page.close()
      }
    }
  },
  'no number along an axis is cut, on a phone neither': async ({ browser, reports }) => {
    for (const [name, look] of Object.entries(LOOKS)) {
      const page = await openPage(browser, reports[0]!, look, SPY)
      await drawn(page)
      assert.ok(Number(await page.evaluate('written')) > 10)
      assert.equal(await page.evaluate('cut'), [], name)
      await page.close()
    }
  },
}

inChromium(test, cases, { prepare, finish })

test.run()
