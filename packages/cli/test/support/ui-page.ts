import type { Ui } from '@ashlar/ui/server'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import * as assert from 'uvu/assert'

/** A window of a desk's size, light. */
export const DESK: BrowserContextOptions = {
  colorScheme: 'light',
  viewport: { width: 1280, height: 900 },
}

/**
 * Opens a page. Nothing on it may fail, and nothing may come from elsewhere.
 *
 * @param before runs in the page before its own scripts.
 */
export async function openPage(
  browser: Browser,
  address: string,
  look: BrowserContextOptions = DESK,
  before?: string,
): Promise<Page> {
  const page = await browser.newPage(look)
  page.setDefaultTimeout(600_000)
  page.on('pageerror', (error) => {
    throw error
  })
  const origin = address.startsWith('file:') ? 'file:' : new URL(address).origin
  page.on('request', (request) => {
    const url = request.url()
    if (!url.startsWith(origin) && !url.startsWith('data:')) throw new Error(`asks for ${url}`)
  })
  if (before !== undefined) await page.addInitScript({ content: before })
  await page.goto(address)
  return page
}

/** The address of a part of the interface, for who is in already. */
export const at = (ui: Ui, hash: string): string => ui.address.replace(/\/\?.*/, `/${hash}`)

/** Opens a page of the interface: the token first, then its part. */
export async function openAt(
  browser: Browser,
  ui: Ui,
  hash: string,
  look?: BrowserContextOptions,
  before?: string,
): Promise<Page> {
  const page = await openPage(browser, ui.address, look, before)
  await page.waitForSelector('.runs tbody tr')
  assert.not.match(page.url(), 'token')
  if (hash !== '') await page.goto(at(ui, hash))
  return page
}

/** Where a run is shown, by its name or folder. */
export const runHash = (run: string): string =>
  `#/run?run=${encodeURIComponent(run.split('/').at(-1)!)}`

/** Where runs are shown beside each other. */
export const compareHash = (names: readonly string[]): string =>
  `#/compare?${names.map((name) => `run=${name}`).join('&')}`

/** Waits until the first chart is drawn, which it is once it is about to be seen. */
export async function drawn(page: Page): Promise<void> {
  const chart = page.locator('.chart').first()
  await chart.scrollIntoViewIfNeeded()
  await chart.locator('canvas').waitFor()
}

/** Waits until an expression is true; as a function of the page, its policy would refuse it. */
export async function holds(page: Page, expression: string): Promise<void> {
  for (let i = 0; i < 15_000; i++) {
    if (await page.evaluate(expression)) return
    await page.waitForTimeout(20)
  }
  throw new Error(`is not true in five minutes: ${expression}`)
}

/**
 * Presses a key until the element that has the focus is one that is meant.
 *
 * @param until a selector.
 * @param text what the element's text begins with.
 */
export async function pressUntil(
  page: Page,
  key: string,
  until: string,
  text = '',
  most = 80,
): Promise<void> {
  for (let i = 0; i < most; i++) {
    await page.keyboard.press(key)
    const isThere = `(() => {
      const focused = document.activeElement
      return focused !== null && focused.matches(${JSON.stringify(until)}) && focused.textContent.trim().startsWith(${JSON.stringify(text)})
    })()`
    if (await page.evaluate(isThere)) return
  }
  throw new Error(`${key} does not lead to ${until} ${text}`)
}

/** Where the first of some elements is; one that is being drawn anew is nowhere for a moment. */
export async function boxOf(
  page: Page,
  selector: string,
): Promise<{ x: number; y: number; width: number; height: number }> {
  for (;;) {
    const box = await page.locator(selector).first().boundingBox()
    if (box !== null) return box
    await page.waitForTimeout(20)
  }
}
