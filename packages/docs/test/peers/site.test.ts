import { createReadStream, existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type BuiltSite, buildSite } from '../../src/build.ts'

const test = suite<{ site: BuiltSite; out: string }>('the site')
const CHROMIUM = [process.env.ASHLAR_CHROMIUM, '/usr/bin/chromium', '/usr/bin/google-chrome'].find(
  (path) => path !== undefined && existsSync(path),
)
/** Where pictures of the pages are put, for people to look at. */
const PICTURES = process.env.ASHLAR_SITE_PICTURES
const PAGES = [
  ...[
    '',
    'guides/own-data',
    'guides/from-hydra',
    'reference/experiment',
    'reference/plugins/dataset',
  ],
  ...['reference/commands/run', 'reference/api/core/', 'benchmarks/train', 'kernels'],
]
/** Errors of scripts, and requests to other hosts. */
const wrong: string[] = []
const TYPES: Record<string, string> = { js: 'text/javascript', css: 'text/css', html: 'text/html' }

// A minute: once for all tests.
test.before(async (context) => {
  context.out = await mkdtemp(join(tmpdir(), 'ashlar-site-'))
  context.site = await buildSite({ out: context.out })
})
test.after(({ out }) => rm(out, { recursive: true, force: true }))

// That every link leads somewhere is part of building it.
test('is built of guides, references, the API and charts, and needs no other host', async ({
  site: { folder, pages },
}) => {
  assert.ok(pages > 90, String(pages))
  const files = await readdir(folder, { recursive: true, encoding: 'utf8' })
  for (const page of [
    ...['index', 'guides/own-data', 'guides/from-lightning', 'kernels', 'benchmarks/train'],
    ...['reference/experiment', 'reference/plugins/dataset', 'reference/commands/predict'],
    ...['reference/api/core/index', 'packages/serve'],
  ]) {
    assert.ok(files.includes(`${page}.html`), page)
  }
  for (const file of files.filter((name) => /\.(html|css)$/.test(name))) {
    const text = await readFile(join(folder, file), 'utf8')
    const loaded = [
      ...text.matchAll(/(?:\bsrc="|<link[^>]+href="|url\(["']?|@import\s+["'])([^"')]+)/g),
    ]
    for (const [, address] of loaded) assert.not.match(address!, /^(https?:)?\/\//, file)
  }
  const charts = await readFile(join(folder, 'benchmarks/train.html'), 'utf8')
  assert.ok(charts.split('<figure class="chart"').length > 10)
  assert.ok(files.some((name) => name.includes('localSearchIndex')))
})

const check = CHROMIUM === undefined ? test.skip : test

check(
  'is readable in light, dark and on a phone, offline; its search finds keys and options',
  async ({ site: { folder } }) => {
    const server = serveFolder(folder)
    const browser = await chromium.launch({
      executablePath: CHROMIUM!,
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
    })
    try {
      await new Promise((done) => server.listen(0, '127.0.0.1', () => done(undefined)))
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
      for (const [name, width, colorScheme] of [
        ['light', 1280, 'light'],
        ['dark', 1280, 'dark'],
        ['phone', 390, 'light'],
      ] as const) {
        await look(browser, url, { name, width, colorScheme })
      }
      await search(browser, url)
      assert.equal(wrong, [])
    } finally {
      await browser.close()
      server.closeAllConnections()
      server.close()
    }
  },
)

async function look(
  browser: Browser,
  url: string,
  { name, width, colorScheme }: { name: string; width: number; colorScheme: 'light' | 'dark' },
): Promise<void> {
  const page = await open(browser, { viewport: { width, height: 900 }, colorScheme }, url)
  for (const path of PAGES) {
    await page.goto(url + path, { waitUntil: 'load' })
    await page.waitForFunction("'__vue_app__' in document.querySelector('#app')")
    const wide = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')
    assert.ok(wide <= 0, `${name} ${path}: ${wide} pixels too wide`)
    const isDark = await page.evaluate("document.documentElement.classList.contains('dark')")
    assert.is(isDark, colorScheme === 'dark')
    if (PICTURES !== undefined) {
      await page.screenshot({
        path: join(PICTURES, `${name}-${path.replaceAll('/', '-') || 'index'}.png`),
      })
    }
  }
  await page.context().close()
}

async function search(browser: Browser, url: string): Promise<void> {
  const page = await open(browser, { viewport: { width: 1280, height: 900 } }, url)
  await page.goto(url, { waitUntil: 'load' })
  await page.click('.VPNavBarSearch button')
  for (const [word, path] of [
    ['globalClipNorm', 'reference/plugins/optimizer'],
    ['batchSize', 'reference/experiment'],
    ['lr-find', 'reference/commands/'],
  ] as const) {
    await page.fill('.VPLocalSearchBox input', word)
    await page.waitForSelector(`.VPLocalSearchBox .results a[href*="${path}"]`)
  }
  if (PICTURES !== undefined) await page.screenshot({ path: join(PICTURES, 'search.png') })
  await page.context().close()
}

/** A page whose errors of scripts, and requests to other hosts, are kept as wrong. */
async function open(
  browser: Browser,
  options: Parameters<Browser['newContext']>[0],
  url: string,
): Promise<Page> {
  const context = await browser.newContext({ ...options, reducedMotion: 'reduce' })
  context.setDefaultTimeout(600_000)
  const page = await context.newPage()
  page.on('pageerror', (error) => wrong.push(error.message))
  page.on('request', (request) => {
    if (!request.url().startsWith(url)) wrong.push(request.url())
  })
  return page
}

function serveFolder(folder: string): Server {
  return createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://site').pathname)
    const file = [path, `${path}.html`, join(path, 'index.html')]
      .map((each) => join(folder, each))
      .find((each) => /\.\w+$/.test(each) && existsSync(each))
    response.setHeader(
      'content-type',
      TYPES[file?.split('.').at(-1) ?? ''] ?? 'application/octet-stream',
    )
    if (file === undefined) response.writeHead(404).end()
    else createReadStream(file).pipe(response)
  })
}

test.run()
