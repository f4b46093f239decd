import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { inBuiltSite } from '../support/built-site.ts'

const test = suite('the site')

// That every link leads somewhere is part of building it.
test('is built of guides, references, the API and charts, and needs no other host', () =>
  inBuiltSite(async ({ folder, pages }) => {
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
  }))

test.run()
