import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type DeadLink, deadLinks } from '../../src/site/links.ts'

const test = suite('links of a site')

async function linksOf(files: Record<string, string>, base?: string): Promise<DeadLink[]> {
  const folder = await mkdtemp(join(tmpdir(), 'ashlar-links-'))
  try {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true })
      await writeFile(join(folder, name), text)
    }
    return await deadLinks(folder, base)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

test('pages, folders, files and places are found', async () => {
  const dead = await linksOf({
    'index.html': `<h1 id="größe">x</h1><a href="#gr%C3%B6%C3%9Fe">1</a><a href="a/b">2</a><a href="/a/b.html#c">3</a><a href="/a/">4</a>
      <a href="https://example.com/x">5</a><a href="mailto:a@example.com">6</a><img src="./a/p.svg"><a href="/a/b?x=1#c">7</a>`,
    'a/index.html': '<a href="./b#c">1</a><a href="../">2</a><a href="..">3</a>',
    'a/b.html': '<p id="c"></p>',
    'a/p.svg': '<svg/>',
  })
  assert.equal(dead, [])
})

test('what leads nowhere is told, with the page', async () => {
  const dead = await linksOf({
    'index.html':
      '<a href="/b">1</a><a href="/a#c">2</a><img src="p.png"><a href="#d">3</a><a href="/a/">4</a>',
    'a.html': '<p id="other"></p>',
  })
  assert.equal(
    dead.map(({ page, link }) => `${page} ${link}`),
    ['/b', '/a#c', 'p.png', '#d', '/a/'].map((link) => `index.html ${link}`),
  )
})

test('a site below a path may not leave it', async () => {
  const files = { 'index.html': '<a href="/docs/a">1</a><a href="/a">2</a>', 'a.html': '' }
  assert.equal(await linksOf(files, '/docs/'), [{ page: 'index.html', link: '/a' }])
})

test.run()
