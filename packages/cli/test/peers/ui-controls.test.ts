import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startUi, type Ui } from '@ashlar/ui/server'
import type { Browser, Page } from 'playwright-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { TINY } from '../support/ashlar.ts'
import { startChromium } from '../support/chromium.ts'
import { inChromium } from '../support/in-chromium.ts'
import { makeManyRuns } from '../support/many-runs.ts'
import { start } from '../support/process.ts'
import { boxOf, drawn, holds, openAt, openPage, pressUntil, runHash } from '../support/ui-page.ts'

interface Context {
  readonly folder: string
  readonly browser: Browser
  readonly ui: Ui
  /** A run whose loss goes from 100 to 0.001, and is 1e6 once. */
  readonly steep: string
}

const test = suite<Context>('what the interface of runs is told by mouse and keyboard')

const POINTS = 200

const lossAt = (step: number) =>
  step === 3 ? 1e6 : 100 * 10 ** ((-5 * step) / POINTS) * (1 + 0.5 * Math.sin(step))

async function prepare(context: Context): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'ashlar-ui-controls-'))
  const names = makeManyRuns(join(folder, 'runs'), { runs: 12, points: POINTS })
  const steep = names[1]!
  const log = join(folder, 'runs', steep, 'metrics.jsonl')
  // The other runs share one file.
  rmSync(log)
  const lines = Array.from({ length: POINTS }, (_, i) =>
    JSON.stringify({ kind: 'step', step: i + 1, learningRate: 1e-3, loss: lossAt(i + 1) }),
  )
  writeFileSync(log, `${lines.join('\n')}\n`)
  Object.assign(context, {
    ...{ folder, steep, browser: await startChromium() },
    ui: await startUi({ folder: join(folder, 'runs') }),
  })
}

async function finish({ folder, browser, ui }: Context): Promise<void> {
  await browser?.close()
  await ui?.close()
  rmSync(folder, { recursive: true, force: true })
}

/** Run before the page's own scripts: keeps what is written on each canvas until it is cleared. */
const SPY = `
window.written = []
const { fillText, clearRect } = CanvasRenderingContext2D.prototype
CanvasRenderingContext2D.prototype.fillText = function (text, x, y, ...rest) {
  written.push({ canvas: this.canvas, text, x, y, align: this.textAlign })
  return fillText.call(this, text, x, y, ...rest)
}
CanvasRenderingContext2D.prototype.clearRect = function (...rest) {
  written = written.filter(({ canvas }) => canvas !== this.canvas)
  return clearRect.apply(this, rest)
}`

/** A number along an axis, and where it stands. */
interface Tick {
  readonly text: string
  readonly value: number
  readonly place: number
}

/** What stands along an axis of the first chart. */
async function ticks(page: Page, axis: 'x' | 'y'): Promise<Tick[]> {
  const all = (await page.evaluate(
    `(() => {
      const chart = document.querySelector('.chart canvas')
      return written.filter(({ canvas }) => canvas === chart).map(({ text, x, y, align }) => ({ text, x, y, align }))
    })()`,
  )) as { text: string; x: number; y: number; align: string }[]
  const side = axis === 'y' ? 'right' : 'center'
  return all
    .filter(({ text, align }) => align === side && /^[-\d.,]+(e-?\d+)?[KMB]?$/.test(text))
    .map(({ text, x, y }) => ({ text, value: numberOf(text), place: axis === 'y' ? y : x }))
}

/** Those that fit: charts are drawn after the page has heard of a change. */
async function ticksThat(
  page: Page,
  axis: 'x' | 'y',
  fit: (found: readonly Tick[]) => boolean,
): Promise<Tick[]> {
  let found: Tick[] = []
  for (let i = 0; i < 3000; i++) {
    found = await ticks(page, axis)
    if (fit(found)) return found
    await page.waitForTimeout(20)
  }
  throw new Error(`do not come to fit: ${JSON.stringify(found)}`)
}

const textsOf = (found: readonly Tick[]) => found.map(({ text }) => text).join(' ')

const linear = (found: readonly Tick[]) => found.length >= 3 && areEven(found, (value) => value)
const logarithmic = (found: readonly Tick[]) => found.length >= 3 && areEven(found, Math.log10)

const UNITS: Readonly<Record<string, number>> = { K: 1e3, M: 1e6, B: 1e9 }

function numberOf(text: string): number {
  const unit = UNITS[text.at(-1)!]
  return Number(text.replace(/[,KMB]/g, '')) * (unit ?? 1)
}

/** Whether places go as a measure of the numbers does. */
function areEven(found: readonly Tick[], measure: (value: number) => number): boolean {
  const [first, second] = found
  const each = (a: Tick, b: Tick) => (b.place - a.place) / (measure(b.value) - measure(a.value))
  const scale = each(first!, second!)
  return found.slice(1).every((tick, i) => {
    const own = each(found[i]!, tick)
    // Texts stand on whole pixels.
    return Math.abs(own - scale) <= 0.1 * Math.abs(scale)
  })
}

interface Series {
  readonly metric: string
  readonly part: string
  readonly steps: readonly number[]
  readonly values: readonly (number | null)[]
}

/** The loss of a run, as the page was sent it. */
async function lossOf(page: Page, run: string): Promise<Series> {
  const answer = (await page.evaluate(
    `fetch('/api/curves?run=${run}').then((answer) => answer.json())`,
  )) as { curves: { series: Series[] }[] }
  return answer.curves[0]!.series.find(
    ({ metric, part }) => metric === 'loss' && part === 'training',
  )!
}

/** What is told of the first chart where the mouse is, at a part of its width. */
async function hovered(page: Page, part: number): Promise<{ step: number; value: number }> {
  const { x, y, width, height } = await boxOf(page, '.u-over')
  await page.mouse.move(x + 2, y + height / 2)
  await page.mouse.move(x + width * part, y + height / 2)
  const chart = page.locator('.chart').first()
  await chart.locator('.at').waitFor()
  const step = /step ([\d,]+)/.exec((await chart.locator('.at').textContent())!)![1]!
  const value = (await chart.locator('.legend .key b').first().textContent())!
  return { step: numberOf(step), value: numberOf(value) }
}

async function hoveredUntil(
  page: Page,
  part: number,
  fits: (told: { step: number; value: number }) => boolean,
): Promise<void> {
  let told = { step: Number.NaN, value: Number.NaN }
  for (let i = 0; i < 3000; i++) {
    told = await hovered(page, part)
    if (fits(told)) return
    await page.waitForTimeout(20)
  }
  throw new Error(`does not come to fit: ${JSON.stringify(told)}`)
}

const near = (a: number, b: number) => Math.abs(a - b) <= 1e-3 * Math.abs(b)

/** As TensorBoard smooths, without the pull towards the beginning. */
function smoothed(values: readonly (number | null)[], weight: number): number[] {
  let [average, left] = [0, 1]
  return values.map((value) => {
    average = weight * average + (1 - weight) * value!
    left *= weight
    return average / (1 - left)
  })
}

const cases: Readonly<Record<string, (context: Context) => Promise<void>>> = {
  'log x and log y: equal ratios are equally far apart, every magnitude has its number': async ({
    browser,
    ui,
    steep,
  }) => {
    const page = await openAt(browser, ui, runHash(steep), undefined, SPY)
    await drawn(page)
    const x = textsOf(await ticksThat(page, 'x', linear))
    const y = textsOf(await ticksThat(page, 'y', linear))
    await page.getByRole('checkbox', { name: 'log y' }).check()
    const magnitudes = await ticksThat(page, 'y', logarithmic)
    assert.equal(
      magnitudes.map(({ value }) => value),
      [0.01, 1, 100, 10_000, 1_000_000],
    )
    await ticksThat(page, 'x', (found) => textsOf(found) === x)
    await page.getByRole('checkbox', { name: 'log x' }).check()
    const steps = await ticksThat(page, 'x', logarithmic)
    assert.equal(
      steps.slice(0, 3).map(({ value }) => value),
      [1, 10, 100],
    )
    await page.getByRole('checkbox', { name: 'log x' }).uncheck()
    await page.getByRole('checkbox', { name: 'log y' }).uncheck()
    await ticksThat(page, 'x', (found) => textsOf(found) === x)
    await ticksThat(page, 'y', (found) => textsOf(found) === y)
    await page.close()
  },
  'ignore outliers: the axis ends where the curve does, not at one value beyond': async ({
    browser,
    ui,
    steep,
  }) => {
    const page = await openAt(browser, ui, runHash(steep), undefined, SPY)
    await drawn(page)
    const most = (found: readonly Tick[]) => Math.max(...found.map(({ value }) => value))
    await ticksThat(page, 'y', (found) => linear(found) && most(found) >= 5e5)
    await page.getByRole('checkbox', { name: 'ignore outliers' }).check()
    await ticksThat(page, 'y', (found) => linear(found) && most(found) > 10 && most(found) < 1000)
    await page.close()
  },
  'hover: the step and the value below the pointer; smoothing by its formula': async ({
    browser,
    ui,
    steep,
  }) => {
    const page = await openAt(browser, ui, runHash(steep))
    await drawn(page)
    const { steps, values } = await lossOf(page, steep)
    for (const part of [0.25, 0.5, 0.9]) {
      const { step, value } = await hovered(page, part)
      assert.ok(Math.abs(step - (1 + part * (POINTS - 1))) <= 1, `step ${step} at ${part}`)
      assert.ok(near(value, values[steps.indexOf(step)]!), `${value} at step ${step}`)
    }
    await page.getByRole('slider', { name: 'smoothing' }).fill('0.9')
    await page.waitForSelector('output:has-text("0.90")')
    const expected = smoothed(values, 0.9)
    for (const part of [0.5, 0.9]) {
      await hoveredUntil(page, part, ({ step, value }) =>
        near(value, expected[steps.indexOf(step)]!),
      )
    }
    // By the keyboard as well.
    await page.getByRole('slider', { name: 'smoothing' }).focus()
    await page.keyboard.press('Home')
    await page.waitForSelector('output:has-text("0.00")')
    await hoveredUntil(page, 0.5, ({ step, value }) => near(value, values[steps.indexOf(step)]!))
    await page.mouse.move(5, 5)
    await page.locator('.chart').first().locator('.at').waitFor({ state: 'detached' })
    await page.close()
  },
  'with the keyboard alone: filter, columns, order, then a run, its tag and its note': async ({
    browser,
    ui,
    folder,
  }) => {
    const page = await openAt(browser, ui, '')
    await pressUntil(page, 'Tab', 'input[type=search]')
    await page.keyboard.type('model.name=mlp')
    await page.waitForSelector('text=/^4 of 12 runs/')
    await page.keyboard.press('ControlOrMeta+A')
    await page.keyboard.press('Delete')
    await page.waitForSelector('text=/^12 of 12 runs/')
    await pressUntil(page, 'Tab', 'summary', 'Columns')
    await page.keyboard.press('Enter')
    await pressUntil(page, 'Tab', '[aria-label="Find a column"]')
    await page.keyboard.type('parameters')
    await pressUntil(page, 'Tab', '.menu-list input')
    await page.keyboard.press('Space')
    await page.waitForSelector('th:has-text("parameters")')
    await page.keyboard.press('Escape')
    assert.is(await page.locator('.menu-list').isVisible(), false)
    assert.is(await page.evaluate('document.activeElement.textContent'), 'Columns')
    await pressUntil(page, 'Tab', '.runs thead button', 'accuracy')
    const order = `(() => {
      const head = [...document.querySelectorAll('.runs thead th')].find((cell) => cell.textContent.startsWith('accuracy'))
      const at = [...head.parentElement.children].indexOf(head)
      const all = [...document.querySelectorAll('.runs tbody tr:not([aria-hidden])')].map((row) => Number(row.children[at].textContent))
      const rises = all.every((each, i) => i === 0 || each >= all[i - 1])
      const falls = all.every((each, i) => i === 0 || each <= all[i - 1])
      return [head.getAttribute('aria-sort'), rises, falls].join(' ')
    })()`
    await page.keyboard.press('Enter')
    await holds(page, `${order} === 'descending false true'`)
    await page.keyboard.press('Enter')
    await holds(page, `${order} === 'ascending true false'`)
    await pressUntil(page, 'Tab', '.runs tbody a')
    const run = String(await page.evaluate('document.activeElement.textContent'))
    await page.keyboard.press('Enter')
    await page.waitForSelector('.notes')
    await pressUntil(page, 'Tab', '.notes summary')
    await page.keyboard.press('Enter')
    await pressUntil(page, 'Tab', '[aria-label="New tag"]')
    await page.keyboard.type('by hand')
    await page.keyboard.press('Enter')
    await page.waitForSelector('.notes .tag:has-text("by hand")')
    await pressUntil(page, 'Tab', 'textarea')
    await page.keyboard.press('ControlOrMeta+A')
    await page.keyboard.type('typed')
    await pressUntil(page, 'Tab', 'button', 'Keep the note')
    await page.keyboard.press('Enter')
    await page.waitForSelector('.note:has-text("typed")')
    const notes = () =>
      JSON.parse(readFileSync(join(folder, 'runs', run, 'notes.json'), 'utf8')) as {
        tags: string[]
        note: string
      }
    assert.ok(notes().tags.includes('by hand'))
    assert.is(notes().note, 'typed')
    await pressUntil(page, 'Shift+Tab', 'button.tag', '#by hand')
    await page.keyboard.press('Enter')
    await page.locator('.notes .tag:has-text("by hand")').waitFor({ state: 'detached' })
    assert.not(notes().tags.includes('by hand'))
    await page.close()
  },
  'with the keyboard alone: a run under way is stopped, once that is confirmed': async ({
    browser,
    folder,
  }) => {
    const runs = join(folder, 'live')
    mkdirSync(runs)
    const ui = await startUi({ folder: runs, everyMs: 100 })
    const training = start(['run', TINY, 'epochs=1000000', '--out', runs], { cwd: folder })
    try {
      const page = await openPage(browser, ui.address)
      await page.waitForSelector('.runs tbody a')
      await pressUntil(page, 'Tab', '.runs tbody a')
      await page.keyboard.press('Enter')
      await page.waitForSelector('.running:has-text("Under way")')
      await pressUntil(page, 'Tab', 'button', 'Stop…')
      await page.keyboard.press('Enter')
      // What asks has the focus.
      await page.waitForSelector('button:focus:has-text("Stop it")')
      await pressUntil(page, 'Tab', 'button', 'Let it go on')
      await page.keyboard.press('Enter')
      await pressUntil(page, 'Tab', 'button', 'Stop…')
      await page.keyboard.press('Enter')
      await page.waitForSelector('button:focus:has-text("Stop it")')
      await page.keyboard.press('Enter')
      await page.waitForSelector('.figures:has-text("stopped")')
      assert.is((await training.ended).code, 130)
      await page.close()
    } finally {
      training.child.kill('SIGKILL')
      await ui.close()
    }
  },
}

inChromium(test, cases, { prepare, finish })

test.run()
