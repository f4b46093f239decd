import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitepress'

// `node scripts/pnpm.js docs` collects the pages there, see src/collect.ts.
const PAGES = fileURLToPath(new URL('../../.cache/site/', import.meta.url))
const { sidebar, version } = JSON.parse(readFileSync(`${PAGES}sidebar.json`, 'utf8'))

// biome-ignore lint/style/noDefaultExport: vitepress reads the default export.
export default defineConfig({
  title: 'Ashlar',
  description:
    'Compose an experiment from plugins, train it at native speed, get a verified ONNX file.',
  srcDir: PAGES,
  outDir: process.env.ASHLAR_SITE,
  cacheDir: '../.cache/vitepress',
  // Files that can be served by anything, below any path.
  base: process.env.ASHLAR_SITE_BASE ?? '/',
  lastUpdated: false,
  metaChunk: true,
  markdown: {
    // Texts of doc comments and schemas are shown as they stand.
    html: false,
    linkify: false,
    config(md) {
      // Two braces are a template of Vue, and in a text nothing of the kind.
      const text = md.renderer.rules.text
      md.renderer.rules.text = (...args) => text(...args).replaceAll('{{', '&#123;&#123;')
      const fence = md.renderer.rules.fence
      md.renderer.rules.fence = (tokens, index, ...rest) => {
        const { info, content } = tokens[index]
        if (info.trim() === 'chart')
          return `<figure class="chart" v-pre>${content.trim()}</figure>\n`
        return fence(tokens, index, ...rest)
      }
    },
  },
  themeConfig: {
    search: { provider: 'local' },
    nav: [
      { text: 'Start', link: '/guides/first-experiment', activeMatch: '/guides/' },
      {
        text: 'Reference',
        link: '/reference/experiment',
        activeMatch: '/reference/(experiment|plugins|commands)',
      },
      { text: 'API', link: '/reference/api/', activeMatch: '/reference/api/' },
      { text: 'Benchmarks', link: '/benchmarks/train', activeMatch: '/benchmarks/' },
      { text: version, link: '/changes' },
    ],
    sidebar,
    outline: [2, 3],
    docFooter: { prev: 'Before', next: 'Next' },
    externalLinkIcon: false,
  },
})
