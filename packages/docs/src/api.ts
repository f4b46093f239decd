import { execFile } from 'node:child_process'
import { readdir, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { DataError } from '@ashlar/errors'
import type { Page } from './site/page.ts'
import { titleOf } from './site/written.ts'

const FOLDER = fileURLToPath(new URL('..', import.meta.url))

/**
 * The API reference, a page for each entry of a package, made by typedoc from the doc comments.
 *
 * @throws DataError with what typedoc complains of: an export without a comment, a link that leads nowhere.
 */
export async function apiPages(): Promise<Page[]> {
  const out = join(FOLDER, '.cache/api')
  await rm(out, { recursive: true, force: true })
  const manifest = createRequire(import.meta.url).resolve('typedoc/package.json')
  try {
    await promisify(execFile)(process.execPath, [join(dirname(manifest), 'bin/typedoc')], {
      cwd: FOLDER,
      env: { ...process.env, NO_COLOR: '1' },
    })
  } catch (cause) {
    const { stdout = '', stderr = '' } = cause as { stdout?: string; stderr?: string }
    throw new DataError({
      where: 'typedoc',
      expected: 'must be content with the doc comments',
      hint: `${stdout}${stderr}`.trim(),
      cause,
    })
  }
  const files = await readdir(out, { recursive: true, encoding: 'utf8' })
  const markdown = files.filter((file) => file.endsWith('.md')).sort()
  return Promise.all(
    markdown.map(async (file) => {
      const text = withAnchors(await readFile(join(out, file), 'utf8'))
      return {
        path: `reference/api/${file.replaceAll('\\', '/')}`,
        title: titleOf(text) ?? file,
        text,
      }
    }),
  )
}

/** Places in tables are marked by HTML, which pages are not made of: the name itself becomes the place. */
function withAnchors(markdown: string): string {
  return markdown.replace(/<a id="([^"]+)"><\/a> (`[^`\n]+`|~~`[^`\n]+`~~)/g, '$2{#$1}')
}
