import type { Page } from './page.ts'

/** An entry or a group of the sidebar, as vitepress takes it. */
export interface SidebarItem {
  readonly text: string
  readonly link?: string
  readonly items?: readonly SidebarItem[]
  readonly collapsed?: boolean
}

/** Guides in the order in which they are read; those that are not named follow. */
const START = ['first-experiment', 'own-data', 'serving']
const COMING_FROM = /^from-/

/** The sidebar: everything that there is, by what a reader is after. */
export function sidebarOf(pages: readonly Page[]): SidebarItem[] {
  const guides = pages.filter(({ path }) => path.startsWith('guides/'))
  const nameOf = ({ path }: Page) => path.replace(/^guides\/|\.md$/g, '')
  const start = START.flatMap((name) => guides.filter((page) => nameOf(page) === name))
  const from = guides.filter((page) => COMING_FROM.test(nameOf(page)))
  const others = guides.filter((page) => !start.includes(page) && !from.includes(page))
  const under = (folder: string) => pages.filter(({ path }) => path.startsWith(folder)).map(item)
  const named = (...paths: readonly string[]) =>
    paths.flatMap((path) => pages.filter((page) => page.path === path)).map(item)
  return [
    { text: 'Start', items: start.map(item) },
    { text: 'Guides', items: others.map(item) },
    { text: 'Coming from', items: from.map(item) },
    {
      text: 'Reference',
      items: [
        ...named('reference/experiment.md'),
        { text: 'Plugins', collapsed: true, items: under('reference/plugins/') },
        { text: 'Commands', collapsed: true, items: under('reference/commands/') },
        { text: 'Packages', collapsed: true, items: under('packages/') },
        { text: 'API', collapsed: true, items: under('reference/api/') },
        ...named('kernels.md'),
      ],
    },
    { text: 'Benchmarks', collapsed: true, items: under('benchmarks/') },
    { text: 'About', items: named('architecture.md', 'contributing.md', 'changes.md') },
  ]
}

function item({ path, title }: Page): SidebarItem {
  const link = `/${path.replace(/(^|\/)index\.md$|\.md$/, '$1')}`
  return { text: title.replaceAll('`', ''), link }
}
