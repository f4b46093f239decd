import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { startUi, type Ui } from '@ashlar/ui/server'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ashlarJson, TINY } from '../support/ashlar.ts'
import { findings } from '../support/axe.ts'
import { startChromium } from '../support/chromium.ts'
import { inChromium } from '../support/in-chromium.ts'
import { makeManyRuns } from '../support/many-runs.ts'
import { start } from '../support/process.ts'
import {
  at,
  compareHash,
  DESK,
  drawn,
  holds,
  openAt,
  openPage,
  pressUntil,
  runHash,
} from '../support/ui-page.ts'

interface Context {
  readonly folder: string
  readonly browser: Browser
  /** A real run, with pictures. */
  readonly run: string
  /** The page of it alone. */
  readonly ui: Ui
  /** 1,000 runs of 10,000 points, and 100 of 1,000. */
  readonly many: Ui
  readonly few: Ui
  readonly names: readonly string[]
}

const test = suite<Context>('ashlar ui and ashlar report in Chromium')

async function prepare(context: Context): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'ashlar-ui-'))
  const runs = join(folder, 'runs')
  const limits = ['dataset.limit=640', 'dataset.testLimit=200', 'dataset.validation=64', 'epochs=3']
  const { run } = await ashlarJson<{ run: string }>(
    ...['run', 'mnist-mini-resnet', 'model.width=0.125', ...limits],
    ...['+augmentations=[{name: shift}, {name: mixup}]', '--out', runs],
  )
  const names = makeManyRuns(join(folder, 'many'), { runs: 1000, points: 10_000 })
  makeManyRuns(join(folder, 'few'), { runs: 100, points: 1000 })
  Object.assign(context, {
    ...{ folder, run, names, browser: await startChromium() },
    ui: await startUi({ folder: runs, everyMs: 100 }),
    many: await startUi({ folder: join(folder, 'many') }),
    few: await startUi({ folder: join(folder, 'few') }),
  })
}

async function finish({ folder, browser, ...context }: Context): Promise<void> {
  await browser?.close()
  for (const ui of [context.ui, context.many, context.few]) await ui?.close()
  rmSync(folder, { recursive: true, force: true })
}

const LOOKS: Readonly<Record<string, BrowserContextOptions>> = {
  light: DESK,
  dark: { colorScheme: 'dark', viewport: { width: 1280, height: 900 } },
  phone: { colorScheme: 'light', viewport: { width: 360, height: 740 }, hasTouch: true },
}

async function isFine(page: Page, what: string): Promise<void> {
  const [width, inner] = (await page.evaluate(
    '[document.documentElement.scrollWidth, innerWidth]',
  )) as [number, number]
  assert.ok(width <= inner, `${what}: ${width} pixels of ${inner}`)
  assert.equal(await findings(page), [], what)
}

/** How a page kept up. */
interface Frames {
  readonly frames: number
  /** Milliseconds from one frame to the next. */
  readonly p95: number
  readonly longest: number
  /** Milliseconds of each task above 50. */
  readonly longTasks: readonly number[]
}

interface Work extends Frames {
  /** Seconds. */
  readonly busy: number
}

/** Run before the page's own scripts. */
const FRAMES = `window.framesOf = async (work) => {
  const [times, longTasks] = [[], []]
  const observer = new PerformanceObserver((list) => longTasks.push(...list.getEntries().map(({ duration }) => duration)))
  observer.observe({ type: 'longtask' })
  let isOver = false
  const frame = (now) => {
    times.push(now)
    if (!isOver) requestAnimationFrame(frame)
  }
  requestAnimationFrame(frame)
  await work()
  await new Promise((resolve) => setTimeout(resolve, 100))
  isOver = true
  observer.disconnect()
  const gaps = times.slice(1).map((now, i) => now - times[i]).sort((a, b) => a - b)
  return { frames: gaps.length, p95: gaps[Math.floor(0.95 * gaps.length)] ?? 0, longest: gaps.at(-1) ?? 0, longTasks }
}`

const cases: Readonly<Record<string, (context: Context) => Promise<void>>> = {
  'axe-core finds nothing, and nothing is wider than the page: light, dark, phone': async ({
    browser,
    ui,
    many,
    run,
    names,
  }) => {
    for (const [look, options] of Object.entries(LOOKS)) {
      const table = await openAt(browser, many, '', options)
      await isFine(table, `${look}, runs`)
      await table.locator('summary', { hasText: 'Columns' }).click()
      await isFine(table, `${look}, columns`)
      await table.close()
      const one = await openAt(browser, ui, runHash(run), options)
      await drawn(one)
      await one.waitForSelector('h2:has-text("Worst mistakes")')
      await one.locator('summary').click()
      await isFine(one, `${look}, run`)
      await one.close()
      const compare = await openAt(browser, many, compareHash(names.slice(0, 3)), options)
      await drawn(compare)
      await compare.waitForSelector('.compare')
      await isFine(compare, `${look}, compare`)
      await compare.getByLabel('Group by').selectOption('model.name')
      await compare.waitForSelector('table.groups')
      await compare.locator('.scatter .plot').first().press('ArrowRight')
      await isFine(compare, `${look}, groups`)
      await compare.close()
    }
  },
  'the test of a run: confusion matrix, classes of each split, and samples as they are trained on':
    async ({ browser, ui, run }) => {
      const page = await openAt(browser, ui, runHash(run))
      await page.waitForSelector('.confusion table.matrix')
      const cells = `[...document.querySelectorAll('.confusion tbody tr')].map((row) => [...row.querySelectorAll('td')].map((cell) => Number(cell.textContent)))`
      const matrix = (await page.evaluate(cells)) as number[][]
      assert.equal(
        matrix.map((row) => row.length),
        Array(10).fill(10),
      )
      assert.is(
        matrix.flat().reduce((sum, count) => sum + count, 0),
        200,
      )
      const right = matrix.reduce((sum, row, label) => sum + row[label]!, 0)
      const accuracy = await page.evaluate(
        `fetch('/api/runs/${run.split('/').at(-1)}').then((answer) => answer.json()).then(({ evaluation }) => evaluation.accuracy)`,
      )
      assert.ok(Math.abs(right / 200 - Number(accuracy)) < 1e-9)
      await page.waitForSelector('h2:has-text("Classes")')
      const splits = `[...document.querySelectorAll('.balance figure')].map((figure) => [figure.querySelector('figcaption').textContent, [...figure.querySelectorAll('.count')].reduce((sum, each) => sum + Number(each.textContent), 0)])`
      const found = (await page.evaluate(splits)) as [caption: string, sum: number][]
      assert.ok(found.length >= 2)
      assert.match(found.map(([caption]) => caption).join('\n'), /^test: 200 samples$/m)
      for (const [caption, sum] of found) {
        assert.match(caption, new RegExp(`^\\w+: ${sum} samples$`))
      }
      const widths = (await page.evaluate(
        `[...document.querySelectorAll('.balance figure:first-child .bar')].map((bar) => bar.getBoundingClientRect().width)`,
      )) as number[]
      assert.is(widths.length, 10)
      assert.ok(widths.every((width) => width > 0))
      await page.waitForSelector('h2:has-text("As it is trained on")')
      const pictures = (await page.evaluate(
        `[...document.querySelectorAll('img[alt^="augmented sample"]')].map(({ complete, naturalWidth, naturalHeight }) => [complete, naturalWidth, naturalHeight])`,
      )) as unknown[]
      assert.ok(pictures.length >= 8, `${pictures.length} pictures`)
      for (const each of pictures) assert.equal(each, [true, 28, 28])
      await page.close()
    },
  'a report: without findings, the best epoch marked, and read without scripts too': async ({
    browser,
    run,
  }) => {
    const { files } = await ashlarJson<{ files: string[] }>('report', run)
    const address = pathToFileURL(files[0]!).href
    for (const [look, options] of Object.entries(LOOKS)) {
      const page = await openPage(browser, address, options)
      await drawn(page)
      await isFine(page, `${look}, report`)
      assert.match((await page.textContent('.legend')) ?? '', /best epoch: \d+ \(val_loss/)
      await page.close()
    }
    const still = await openPage(browser, address, { javaScriptEnabled: false })
    assert.is(await still.locator('#curves svg').count(), 3)
    assert.match((await still.locator('#curves svg').first().textContent()) ?? '', /best epoch: \d/)
    await still.close()
  },
  'filter, order and columns, which the browser keeps; and what is wrong with a filter': async ({
    browser,
    many,
  }) => {
    const page = await openAt(browser, many, '')
    const filter = page.getByRole('searchbox', { name: 'Filter' })
    await filter.fill('model.name=mlp accuracy>0.95')
    await page.waitForSelector('text=/^\\d+ of 1,000 runs/')
    const cells = await page
      .locator('.runs tbody tr:not([aria-hidden]) td:nth-child(3)')
      .allTextContents()
    assert.ok(cells.length > 5 && cells.every((cell) => cell === 'mlp'), cells.join(' '))
    await filter.fill('acuracy>1')
    await page.waitForSelector('#filter-problem:has-text("acuracy")')
    assert.is(await filter.getAttribute('aria-invalid'), 'true')
    await filter.fill('')
    await page.waitForSelector('text=/^1,000 of 1,000 runs/')
    await page.getByRole('button', { name: 'accuracy' }).click()
    const isSorted = `(() => { const at = [...document.querySelector('.runs thead tr').children].findIndex((cell) => cell.textContent.includes('accuracy')); const all = [...document.querySelectorAll('.runs tbody tr:not([aria-hidden])')].map((row) => Number(row.children[at].textContent)); return all[0] > 0.99 && all.every((each, i) => i === 0 || each <= all[i - 1]) })()`
    await holds(page, isSorted)
    await page.locator('summary', { hasText: 'Columns' }).click()
    // What differs between the runs is shown unless somebody chose; the rest is for choosing.
    await page.waitForSelector('th:has-text("optimizer.learningRate")')
    await page.getByRole('checkbox', { name: 'parameters' }).check()
    await page.waitForSelector('th:has-text("parameters")')
    // The address follows when nothing changes for a moment.
    await holds(page, '/columns=[^&]*parameters/.test(location.hash)')
    await page.reload()
    await page.waitForSelector('th:has-text("parameters")')
    await holds(page, isSorted)
    await page.close()
  },
  'with the keyboard alone: choose two runs, compare them, read a curve, zoom and come back':
    async ({ browser, few }) => {
      const page = await openAt(browser, few, '')
      const press = (key: string, until: string) => pressUntil(page, key, until)
      await press('Tab', '.runs tbody tr:nth-child(1) input')
      await page.keyboard.press('Space')
      await press('Tab', '.runs tbody tr:nth-child(2) input')
      await page.keyboard.press('Space')
      await press('Shift+Tab', 'a.button')
      await page.keyboard.press('Enter')
      await page.waitForSelector('h1:has-text("2 runs beside each other")')
      await drawn(page)
      await press('Tab', '.plot')
      await page.keyboard.press('ArrowRight')
      await page.waitForSelector('.chart [aria-live]:has-text("step 1:")', { state: 'attached' })
      await page.keyboard.press('+')
      await page.waitForSelector('button:has-text("Show everything"):not([disabled])')
      await page.keyboard.press('0')
      await page.waitForSelector('button:has-text("Show everything")[disabled]')
      await page.close()
    },
  'curves are drawn over steps, epochs or time, and read that way': async ({ browser, few }) => {
    const page = await openAt(browser, few, '')
    await page.locator('.runs tbody a').first().click()
    await drawn(page)
    const axis = page.locator('.controls select')
    const plot = page.locator('.plot').first()
    for (const [name, label] of [
      ['epoch', 'epoch'],
      ['time', '(seconds|minutes|hours)'],
      ['step', 'step'],
    ] as const) {
      await axis.selectOption(name)
      await drawn(page)
      assert.match((await plot.getAttribute('aria-label')) ?? '', new RegExp(` by ${label}\\.`))
      await plot.focus()
      await page.keyboard.press('ArrowRight')
      await holds(
        page,
        `/^${label} [\\d.]+: /.test(document.querySelector('.chart [aria-live]').textContent)`,
      )
    }
    await page.close()
  },
  'a drag over a curve has its points sent again, closely, in all charts': async ({
    browser,
    many,
    names,
  }) => {
    const page = await openAt(browser, many, runHash(names[0]!))
    await drawn(page)
    const { x, y, width, height } = (await page.locator('.u-over').first().boundingBox())!
    const asked = page.waitForRequest((request) => /from=/.test(request.url()))
    await page.mouse.move(x + width * 0.4, y + height / 2)
    await page.mouse.down()
    await page.mouse.move(x + width * 0.5, y + height / 2, { steps: 5 })
    await page.mouse.up()
    const answer = await (await (await asked).response())!.json()
    const [training] = answer.curves[0].series
    assert.ok(training.steps.length > 900, `${training.steps.length} points of about 1000`)
    await page.locator('.u-over').first().dblclick()
    await page.waitForSelector('button:has-text("Show everything")[disabled]')
    await page.close()
  },
  'tag, note, and stop only after it is confirmed': async ({ browser, few, folder }) => {
    const page = await openAt(browser, few, runHash('20261101-000001-sweep'))
    await page.locator('summary', { hasText: 'Tags and note' }).click()
    await page.getByRole('textbox', { name: 'New tag' }).fill('<b>odd</b>')
    await page.getByRole('button', { name: 'Add' }).click()
    await page.waitForSelector('.notes .tag')
    await page.getByRole('textbox', { name: 'Note' }).fill('a note')
    await page.getByRole('button', { name: 'Keep the note' }).click()
    await page.waitForSelector('.note:has-text("a note")')
    const notes = JSON.parse(
      readFileSync(join(folder, 'few/20261101-000001-sweep/notes.json'), 'utf8'),
    )
    assert.equal(notes, { tags: ['<b>odd</b>'], note: 'a note' })
    // Nothing is under way: there is nothing to stop.
    assert.is(await page.getByRole('button', { name: 'Stop' }).count(), 0)
    await page.close()
  },
  'a run under way: figures and curves grow by themselves, and it is stopped there': async ({
    browser,
    folder,
  }) => {
    const runs = join(folder, 'live')
    mkdirSync(runs)
    const ui = await startUi({ folder: runs, everyMs: 100 })
    const training = start(['run', TINY, 'epochs=1000000', '--out', runs], { cwd: folder })
    try {
      const page = await openPage(browser, ui.address)
      // Nobody loads anything again: the run comes by itself.
      await page.locator('.runs tbody a').click()
      await drawn(page)
      await page.waitForSelector('.running:has-text("Under way")')
      const steps = `Number(/steps([\\d,]+) of/.exec(document.querySelector('.figures').textContent)[1].replaceAll(',', ''))`
      const before = Number(await page.evaluate(steps))
      const curve = await page.getAttribute('.plot', 'aria-label')
      await holds(page, `${steps} > ${before + 100}`)
      await holds(
        page,
        `document.querySelector('.plot').getAttribute('aria-label') !== ${JSON.stringify(curve)}`,
      )
      if (process.platform === 'linux') await page.waitForSelector('.running:has-text("cores")')
      await page.getByRole('button', { name: 'Stop…' }).click()
      await page.getByRole('button', { name: 'Let it go on' }).click()
      await page.getByRole('button', { name: 'Stop…' }).click()
      await page.getByRole('button', { name: 'Stop it' }).click()
      await page.waitForSelector('.figures:has-text("stopped")')
      assert.is((await training.ended).code, 130)
      assert.is(await page.locator('.running').count(), 0)
      await page.close()
    } finally {
      training.child.kill('SIGKILL')
      await ui.close()
    }
  },
  '1,000 runs of 10,000 points cost what 100 runs of 1,000 do: rows, points, and work while scrolling and zooming':
    async ({ browser, many, few, names }) => {
      const work: Record<string, { scroll: Work; zoom: Work; hover: Work }> = {}
      for (const [label, ui] of Object.entries({ few, many })) {
        const page = await openAt(browser, ui, '', undefined, FRAMES)
        const session = await page.context().newCDPSession(page)
        await session.send('Performance.enable')
        /** Seconds that the page has been busy. */
        const busy = async () => {
          const { metrics } = await session.send('Performance.getMetrics')
          return metrics.find(({ name }) => name === 'TaskDuration')!.value
        }
        const measure = async (body: string): Promise<Work> => {
          const before = await busy()
          const frames = (await page.evaluate(`framesOf(async () => {${body}})`)) as Frames
          return { busy: (await busy()) - before, ...frames }
        }
        const scroll = await measure(`
        const runs = document.querySelector('.runs')
        for (let i = 0; i < 60; i++) {
          runs.scrollTop = (i * 37) % 60 * (runs.scrollHeight - runs.clientHeight) / 60
          await new Promise(requestAnimationFrame)
        }`)
        const rows = Number(
          await page.evaluate(`document.querySelectorAll('.runs tbody tr').length`),
        )
        assert.ok(rows < 80, `${rows} rows`)
        await page.goto(at(ui, compareHash(names.slice(0, 100))))
        await drawn(page)
        const zoom = await measure(`
        const plot = document.querySelector('.plot')
        for (let i = 0; i < 10; i++) {
          plot.dispatchEvent(new KeyboardEvent('keydown', { key: i < 5 ? '+' : '-', bubbles: true }))
          await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
        }`)
        const hover = await measure(`
        const over = document.querySelector('.u-over')
        const { left, top, width, height } = over.getBoundingClientRect()
        for (let i = 0; i < 60; i++) {
          over.dispatchEvent(new MouseEvent('mousemove', { clientX: left + width * i / 60, clientY: top + height / 2, bubbles: true }))
          await new Promise(requestAnimationFrame)
        }`)
        const points =
          await page.evaluate(`fetch('/api/curves?' + new URLSearchParams(location.hash.split('?')[1])).then((answer) => answer.json())
        .then(({ curves }) => curves.flatMap(({ series }) => series).reduce((sum, { values }) => sum + values.length, 0))`)
        // Of 100 runs, five series each.
        assert.ok(Number(points) <= 5 * 40_000, `${points} points`)
        work[label] = { scroll, zoom, hover }
        await page.close()
      }
      for (const [label, each] of Object.entries(work)) {
        for (const [what, { busy, frames, p95, longest, longTasks }] of Object.entries(each)) {
          process.stdout.write(
            `${label}, ${what}: busy ${busy.toFixed(2)} s; ${frames} frames, 95 of 100 within ${p95.toFixed(0)} ms, the longest ${longest.toFixed(0)} ms; ${longTasks.length} tasks above 50 ms (${longTasks.map((ms) => ms.toFixed(0)).join(', ')})\n`,
          )
        }
      }
      for (const what of ['scroll', 'zoom', 'hover'] as const) {
        assert.ok(
          work.many![what].busy < 3 * work.few![what].busy + 0.5,
          `${what}: ${JSON.stringify(work)}`,
        )
      }
    },
}

inChromium(test, cases, { prepare, finish })

test.run()
