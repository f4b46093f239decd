import { posix } from 'node:path'

/** Where the site has what lies at a path of the repository: `docs/kernels.md` is `/kernels`. */
export type SitePaths = ReadonlyMap<string, string>

/**
 * A text of the repository as a page: its links lead to other pages where those are part of the site. What is not (a source file, an example) is named as code.
 *
 * @param path of the text, from the root of the repository.
 */
export function asPage(path: string, markdown: string, sitePaths: SitePaths): string {
  return outsideOfCode(markdown, (text) =>
    text.replace(
      /\[((?:[^[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)/g,
      (link, words: string, target: string) => {
        if (/^([a-z]+:|#)/.test(target)) return link
        const [file = '', anchor] = target.split('#')
        const place = posix.normalize(posix.join(posix.dirname(path), file)).replace(/\/$/, '')
        const page = sitePaths.get(place) ?? sitePaths.get(posix.join(place, 'README.md'))
        if (page === undefined) return words === file ? `\`${words}\`` : `${words} (\`${place}\`)`
        return `[${words}](${page}${anchor === undefined ? '' : `#${anchor}`})`
      },
    ),
  )
}

/** Changes what is prose, and leaves fences alone. */
function outsideOfCode(markdown: string, change: (text: string) => string): string {
  return markdown
    .split(/^(```[\s\S]*?^```[ \t]*$)/m)
    .map((part, index) => (index % 2 === 1 ? part : change(part)))
    .join('')
}

/** The title of a text: its first heading. */
export function titleOf(markdown: string): string | undefined {
  return /^# (.+)$/m.exec(markdown)?.[1]
}
