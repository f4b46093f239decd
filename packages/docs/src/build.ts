import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DataError } from '@ashlar/errors'
import { build, serve } from 'vitepress'
import { apiPages } from './api.ts'
import { madePages, writePages, writtenPages } from './collect.ts'
import { deadLinks } from './site/links.ts'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
/** Where vitepress finds its configuration. */
const SITE = fileURLToPath(new URL('../site', import.meta.url))
/** Where the pages are collected; the configuration names it too. */
const PAGES = fileURLToPath(new URL('../.cache/site', import.meta.url))
const OUT = join(ROOT, 'docs/site')

/** A site that was built. */
export interface BuiltSite {
  readonly folder: string
  readonly pages: number
}

/**
 * Builds the site: collects what is written and what is made, and lets vitepress make HTML of it. Nothing of it loads anything from elsewhere.
 *
 * @param options.base the path that the site lies at, `/` by default.
 * @param options.out the folder to write, `docs/site` by default.
 * @throws DataError for links that lead nowhere, all of them.
 */
export async function buildSite({
  base = '/',
  out = OUT,
}: {
  readonly base?: string
  readonly out?: string
} = {}): Promise<BuiltSite> {
  const api = await apiPages()
  const pages = [...(await writtenPages(ROOT)), ...(await madePages(ROOT)), ...api]
  const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'))
  await writePages(PAGES, { pages, version })
  process.env.ASHLAR_SITE = out
  process.env.ASHLAR_SITE_BASE = base
  await build(SITE)
  const dead = await deadLinks(out, base)
  if (dead.length > 0) {
    throw new DataError({
      where: 'the site',
      expected: 'every link must lead somewhere',
      given: dead.length,
      hint: dead.map(({ page, link }) => `${page}: ${link}`).join('\n'),
    })
  }
  return { folder: out, pages: pages.length }
}

/** Shows what was built, until it is stopped. */
export async function serveSite(): Promise<void> {
  await serve({ root: SITE, port: 4173 })
}
