import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startUi, type Ui } from '@ashlar/ui/server'
import type { Browser, Page } from 'playwright-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { startChromium } from '../support/chromium.ts'
import { inChromium } from '../support/in-chromium.ts'
import { makeManyRuns } from '../support/many-runs.ts'
import {
  at,
  boxOf,
  compareHash,
  drawn,
  holds,
  openAt,
  pressUntil,
  runHash,
} from '../support/ui-page.ts'

interface Context {
  readonly folder: string
  readonly browser: Browser
  readonly ui: Ui
  /** Twelve runs of three models, each with a seed of its own. */
  readonly names: readonly string[]
}

const test = suite<Context>('runs in groups, by their settings, and in files')

async function prepare(context: Context): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'ashlar-ui-groups-'))
  const names = makeManyRuns(join(folder, 'runs'), { runs: 12, points: 60 })
  Object.assign(context, {
    ...{ folder, names, browser: await startChromium() },
    ui: await startUi({ folder: join(folder, 'runs') }),
  })
}

async function finish({ folder, browser, ui }: Context): Promise<void> {
  await browser?.close()
  await ui?.close()
  rmSync(folder, { recursive: true, force: true })
}

/** What a button saves, and under which name. */
async function saved(page: Page, press: () => Promise<void>): Promise<[string, string[]]> {
  const [download] = await Promise.all([page.waitForEvent('download'), press()])
  const text = readFileSync((await download.path())!, 'utf8')
  assert.is(text.at(0), '\uFEFF')
  return [download.suggestedFilename(), text.slice(1).trimEnd().split('\r\n')]
}

const legend = (page: Page) =>
  page.evaluate(
    `[...document.querySelectorAll('.chart .legend')].map((all) => [...all.querySelectorAll('.key')].map((key) => key.textContent))`,
  ) as Promise<string[][]>

const cases: Readonly<Record<string, (context: Context) => Promise<void>>> = {
  'runs of one setting have one colour, one mean and one row; the address says so': async ({
    browser,
    ui,
    names,
  }) => {
    const page = await openAt(browser, ui, compareHash(names))
    await drawn(page)
    assert.is(await page.locator('table.groups').count(), 0)
    assert.match((await legend(page))[0]!.join(), names[0]!.split('-')[1]!)
    await page.getByLabel('Group by').selectOption('model.name')
    await page.waitForSelector('table.groups')
    const table = (await page.evaluate(
      `[...document.querySelectorAll('table.groups tr')].map((row) => [...row.children].map((cell) => cell.textContent))`,
    )) as string[][]
    const [head, ...rows] = table
    assert.equal(
      rows.map(([label, runs]) => [label, runs]),
      [
        ['name=mini-resnet', '4'],
        ['name=mlp', '4'],
        ['name=resnet18', '4'],
      ],
    )
    // Those of the model mlp are 1, 4, 7, 10.
    const accuracies = [1, 4, 7, 10].map((i) => 0.9 + ((i * 37) % 100) / 1001)
    const mean = accuracies.reduce((sum, each) => sum + each, 0) / 4
    const deviation = Math.sqrt(accuracies.reduce((sum, each) => sum + (each - mean) ** 2, 0) / 3)
    const cell = rows[1]![head!.indexOf('accuracy')]!
    const [told, around] = cell.split(' ± ').map(Number)
    assert.ok(Math.abs(told! - mean) < 1e-4 && Math.abs(around! - deviation) < 1e-4, cell)
    const means = [
      ...['name=mini-resnet', 'name=mlp', 'name=resnet18'],
      ...['name=mini-resnet, validation', 'name=mlp, validation', 'name=resnet18, validation'],
    ]
    assert.equal((await legend(page))[0], means)
    const colors = `new Set([...document.querySelectorAll('table.compare:not(.groups) thead .swatch')].map((each) => each.style.getPropertyValue('--color'))).size`
    assert.is(await page.evaluate(colors), 3)
    await page.getByRole('slider', { name: 'smoothing' }).fill('0.5')
    await page.getByLabel('over').selectOption('epoch')
    await holds(page, `/group=model.name&average=deviation.*over=epoch/.test(location.hash)`)
    await page.reload()
    await page.waitForSelector('table.groups')
    await drawn(page)
    assert.equal((await legend(page))[0], means)
    await page.waitForSelector('output:has-text("0.50")')
    assert.is(await page.getByLabel('over').inputValue(), 'epoch')
    // Every run again, in the colour of its group and with its own name where it is pointed at.
    await page.getByLabel('Curves show').selectOption('')
    await holds(page, `document.querySelector('.chart .legend').textContent.startsWith('24 lines')`)
    await page.getByLabel('Group by').selectOption('')
    await page.locator('table.groups').waitFor({ state: 'detached' })
    await page.close()
  },
  'the line that is pointed at stands out among the others, and its name as well': async ({
    browser,
    ui,
    names,
  }) => {
    const page = await openAt(browser, ui, `${compareHash(names)}&group=model.name&average=range`)
    await drawn(page)
    const pointed = async (down: number) => {
      // What comes above the chart moves it.
      const { x, y, width, height } = await boxOf(page, '.chart .u-over')
      await page.mouse.move(x + width / 2, y + height * down)
      await page.waitForTimeout(20)
      return page.locator('.chart').first().locator('.key.nearest').allTextContents()
    }
    // Training and validation lie apart: down the chart one comes after the other, and there is no more than one at a time.
    const found = new Set<string>()
    for (let i = 0; found.size < 2; i++) {
      assert.ok(i < 3000, `only ${[...found].join()}`)
      const all = await pointed((i % 50) / 50)
      assert.ok(all.length <= 1, all.join())
      for (const each of all) found.add(each.replace(/ .*|[\d.]+$/g, ''))
    }
    await page.mouse.move(2, 2)
    await page.locator('.key.nearest').first().waitFor({ state: 'detached' })
    await page.close()
  },
  'what came of a setting: a dot for each run, by mouse and by keys, which lead to the run':
    async ({ browser, ui, names }) => {
      const page = await openAt(browser, ui, compareHash(names))
      await page.locator('.scatter').first().scrollIntoViewIfNeeded()
      await page.waitForSelector('.scatter canvas')
      assert.equal(await page.locator('.scatter figcaption').allTextContents(), [
        'model.name',
        'optimizer.learningRate',
        'seed',
      ])
      await page.getByLabel('Result').selectOption('accuracy')
      await holds(page, `location.hash.includes('metric=accuracy')`)
      const seeds = page.locator('.scatter').nth(2)
      await pressUntil(page, 'Tab', '.scatter:nth-child(3) .plot')
      await page.keyboard.press('ArrowRight')
      await page.keyboard.press('ArrowRight')
      const told = seeds.locator('[aria-live]')
      const tells = (text: string) =>
        holds(
          page,
          `document.querySelector('.scatter:nth-child(3) [aria-live]').textContent === '${text}'`,
        )
      await tells('000001: seed 1, accuracy 0.937')
      await page.keyboard.press('Escape')
      await tells('')
      let text = ''
      for (let i = 0; text === ''; i++) {
        assert.ok(i < 3000, 'no dot is told of')
        const { x, y, width, height } = await boxOf(page, '.scatter:nth-child(3) .u-over')
        await page.mouse.move(x + width / 2, y + (height * (i % 40)) / 40)
        await page.waitForTimeout(20)
        text = (await told.textContent()) ?? ''
      }
      assert.match(text, /^00000[3-8]: seed [3-8], accuracy 0\.9/)
      const run = names.find((name) => name.includes(text.slice(0, 6)))!
      await page.mouse.down()
      await page.mouse.up()
      await page.waitForSelector('.notes')
      assert.match(page.url(), runHash(run))
      await page.close()
    },
  'which runs are chosen is kept: on the way back, when loaded anew, and in a copy of the address':
    async ({ browser, ui, names }) => {
      const page = await openAt(browser, ui, '')
      for (const row of [1, 3]) {
        await page.locator('.runs tbody input').nth(row).check()
      }
      await page.getByRole('searchbox', { name: 'Filter' }).fill('accuracy>0.5')
      await holds(page, `location.hash.split('chosen=').length === 3`)
      await page.getByRole('link', { name: 'Compare 2' }).click()
      await page.waitForSelector('h1:has-text("2 runs beside each other")')
      await page.goBack()
      await page.waitForSelector('text=Compare 2')
      const address = page.url()
      await page.reload()
      await page.waitForSelector('text=Compare 2')
      assert.is(await page.locator('.runs tr.chosen').count(), 2)
      await page.getByRole('link', { name: 'Runs' }).click()
      await page.waitForSelector('text=Compare 2')
      // What the browser has kept, a copy of the address says as well.
      await holds(page, `location.hash.split('chosen=').length === 3`)
      const other = await openAt(browser, ui, '')
      assert.is(await other.locator('.runs tr.chosen').count(), 0)
      await other.goto(address)
      await other.waitForSelector('text=Compare 2')
      assert.is(await other.getByRole('searchbox', { name: 'Filter' }).inputValue(), 'accuracy>0.5')
      await other.getByRole('button', { name: 'Choose none' }).click()
      await holds(other, `!location.hash.includes('chosen')`)
      // All is as usual on the one, and shown so on the other, which has kept a filter.
      await page.getByRole('searchbox', { name: 'Filter' }).fill('')
      await page.getByRole('button', { name: 'Choose none' }).click()
      await holds(page, `location.hash === '#/?filter='`)
      await other.goto(page.url())
      await holds(other, `document.querySelector('[type=search]').value === ''`)
      assert.is(names.length, 12)
      await page.close()
      await other.close()
    },
  'what is shown is saved as CSV: runs, groups, and curves': async ({ browser, ui, names }) => {
    const page = await openAt(browser, ui, '')
    await page.getByRole('searchbox', { name: 'Filter' }).fill('model.name=mlp')
    await page.waitForSelector('text=/^4 of 12 runs/')
    const press = (place: string) => () =>
      page.locator(place).getByRole('button', { name: 'Save as CSV' }).click()
    const [runsFile, runs] = await saved(page, press('main'))
    assert.is(runsFile, 'runs.csv')
    assert.match(runs[0]!, /^run,model\.name,.*,accuracy,.*,outcome,tags,note$/)
    assert.is(runs.length, 5)
    assert.ok(
      runs.slice(1).every((row) => /^20261101-\d{6}-sweep,mlp,/.test(row)),
      runs[1],
    )
    await page.goto(at(ui, `${compareHash(names.slice(0, 6))}&group=model.name`))
    const [groupsFile, groups] = await saved(page, press('section:has(table.groups)'))
    assert.is(groupsFile, 'groups.csv')
    assert.match(groups[0]!, /^group,runs,loss,loss deviation,accuracy,/)
    assert.is(groups.length, 4)
    const [curvesFile, curves] = await saved(page, press('[aria-label="How curves are shown"]'))
    assert.is(curvesFile, 'curves.csv')
    assert.is(curves[0], 'run,metric,part,step,value')
    assert.match(curves[1]!, /^20261101-000000-sweep,loss,training,[\d.]+,[\d.]+$/)
    await page.close()
  },
  'beside columns that are scrolled to, the names of runs stay': async ({ browser, ui }) => {
    const phone = { viewport: { width: 390, height: 844 } }
    const page = await openAt(browser, ui, '', phone)
    await page.evaluate(`document.querySelector('.runs').scrollLeft = 10_000`)
    const { left, right } = (await page.evaluate(
      `(() => { const { left, right } = document.querySelector('.runs tbody th a').getBoundingClientRect(); return { left, right } })()`,
    )) as { left: number; right: number }
    assert.ok(left >= 0 && right < 250, `${left} to ${right}`)
    assert.ok(
      await page.evaluate(
        `(() => { const { left, top } = document.querySelector('.runs tbody th a').getBoundingClientRect(); return document.elementFromPoint(left + 4, top + 4).closest('th') !== null })()`,
      ),
    )
    await page.close()
  },
}

inChromium(test, cases, { prepare, finish })

test.run()
