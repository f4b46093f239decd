import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { benchPages } from './site/bench/pages.ts'
import { readResults } from './site/bench/results.ts'
import type { Page } from './site/page.ts'
import { askedPlugins, askedSchema } from './site/reference/asked.ts'
import { commandPages } from './site/reference/commands.ts'
import { experimentPage } from './site/reference/experiment.ts'
import { pluginPages } from './site/reference/plugins.ts'
import { sidebarOf } from './site/sidebar.ts'
import { asPage, type SitePaths, titleOf } from './site/written.ts'

/** Pages that are made: references from schemas and commands, charts from kept results. */
export async function madePages(root: string): Promise<Page[]> {
  return [
    experimentPage(await askedSchema()),
    ...pluginPages(await askedPlugins()),
    ...commandPages(),
    ...benchPages(await readResults(join(root, 'bench/results'))),
  ]
}

/** Pages that are written: guides and the like, from where they lie in the repository. */
export async function writtenPages(root: string): Promise<Page[]> {
  const sources = await writtenSources(root)
  const sitePaths: SitePaths = new Map(sources.map(({ source, page }) => [source, `/${page}`]))
  return Promise.all(
    sources.map(async ({ source, page }) => {
      const text = await readFile(join(root, source), 'utf8')
      const path = `${page === '' ? 'index' : page}.md`
      return { path, title: titleOf(text) ?? 'Ashlar', text: asPage(source, text, sitePaths) }
    }),
  )
}

/** Which file of the repository is which page. */
async function writtenSources(root: string) {
  const inFolder = async (folder: string) =>
    (await readdir(join(root, folder))).filter((name) => name.endsWith('.md')).sort()
  const docs = (await inFolder('docs')).map((name) => ({
    source: `docs/${name}`,
    page: name === 'index.md' ? '' : name.replace(/\.md$/, ''),
  }))
  const guides = (await inFolder('docs/guides')).map((name) => ({
    source: `docs/guides/${name}`,
    page: `guides/${name.replace(/\.md$/, '')}`,
  }))
  const packages = (await publishedPackages(root)).map((name) => ({
    source: `packages/${name}/README.md`,
    page: `packages/${name}`,
  }))
  return [
    ...docs,
    ...guides,
    ...packages,
    { source: 'bench/results/plan.md', page: 'benchmarks/plan' },
    { source: 'bench/results/serve-time.md', page: 'benchmarks/serve-time' },
    { source: 'CHANGELOG.md', page: 'changes' },
    { source: 'CONTRIBUTING.md', page: 'contributing' },
  ]
}

/** Folder names of the packages that people install. */
async function publishedPackages(root: string): Promise<string[]> {
  const names = (await readdir(join(root, 'packages'))).sort()
  const manifests = await Promise.all(
    names.map(async (name) => ({
      name,
      manifest: JSON.parse(await readFile(join(root, 'packages', name, 'package.json'), 'utf8')),
    })),
  )
  return manifests.filter(({ manifest }) => manifest.private !== true).map(({ name }) => name)
}

/** Writes pages and the sidebar into a folder that holds nothing else. */
export async function writePages(
  folder: string,
  { pages, version }: { readonly pages: readonly Page[]; readonly version: string },
): Promise<void> {
  await rm(folder, { recursive: true, force: true })
  for (const { path, text } of pages) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  const sidebar = sidebarOf(pages)
  await writeFile(join(folder, 'sidebar.json'), JSON.stringify({ version, sidebar }, null, 2))
}
