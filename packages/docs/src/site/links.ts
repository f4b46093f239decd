import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { parseHTML } from 'linkedom'

/** A link of a built site that leads nowhere. */
export interface DeadLink {
  /** The file that holds it: `guides/trust.html`. */
  readonly page: string
  readonly link: string
}

interface Read {
  readonly links: readonly string[]
  readonly ids: ReadonlySet<string>
}

/**
 * The links of a built site, to pages, files and places in pages, that lead nowhere. Links to other hosts are left alone.
 *
 * @param folder where the site lies.
 * @param base the path that it is served at.
 */
export async function deadLinks(folder: string, base: string = '/'): Promise<DeadLink[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = new Set(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/')),
  )
  const pages = new Map<string, Read>()
  for (const file of [...files].filter((name) => name.endsWith('.html'))) {
    pages.set(file, readHtml(await readFile(join(folder, file), 'utf8')))
  }
  return [...pages].flatMap(([page, { links }]) =>
    links
      .filter((link) => !/^([a-z][a-z0-9+.-]*:|\/\/)/i.test(link))
      .filter((link) => !leads(link, page, base, files, pages))
      .map((link) => ({ page, link })),
  )
}

function readHtml(html: string): Read {
  const { document } = parseHTML(html)
  const all = [...document.querySelectorAll('[href], [src]')]
  const links = all.map((each) => each.getAttribute('href') ?? each.getAttribute('src') ?? '')
  const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id)
  return { links: [...new Set(links)], ids: new Set(ids) }
}

function leads(
  link: string,
  page: string,
  base: string,
  files: ReadonlySet<string>,
  pages: ReadonlyMap<string, Read>,
): boolean {
  const { pathname, hash } = new URL(link, `http://site${base}${page}`)
  if (!pathname.startsWith(base)) return false
  const name = decodeURIComponent(pathname.slice(base.length))
  // As servers of static files and vitepress's own router find them.
  const names = name === '' || name.endsWith('/') ? [`${name}index.html`] : [name, `${name}.html`]
  const target = names.find((each) => files.has(each))
  if (target === undefined) return false
  return hash === '' || pages.get(target)?.ids.has(decodeURIComponent(hash.slice(1))) === true
}
