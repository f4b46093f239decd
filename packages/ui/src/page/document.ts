import { type ComponentChild, h } from 'preact'
import { renderToString } from 'preact-render-to-string'
import { style } from '../assets/style.ts'

/** What a page is made of. */
export interface DocumentParts {
  readonly title: string
  readonly body: ComponentChild
  /** HTML behind the body, of this program, never text of a file. */
  readonly scripts?: string
  /** Digests of the scripts that may run; none when left out. */
  readonly scriptDigests?: readonly string[]
  /** CSS in front of the page's own. */
  readonly styles?: string
}

/** A page that needs nothing else, and whose security policy lets in nothing else. */
export function documentOf(parts: DocumentParts): string {
  const { title, body, scripts = '', scriptDigests = [], styles = '' } = parts
  const run = scriptDigests.map((digest) => ` 'sha256-${digest}'`).join('')
  const policy = `default-src 'none'; img-src data:; style-src 'unsafe-inline';${run && ` script-src${run};`} base-uri 'none'; form-action 'none'`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${renderToString(h('b', null, title)).slice(3, -4)}</title>
<style>${styles}${style}</style>
</head>
<body>
${renderToString(h('div', null, body)).slice(5, -6)}
${scripts}</body>
</html>
`
}
