import { type Content, Html, html } from '../html.ts'
import { style } from './style.ts'

/** A page that needs nothing else: no script, nothing from elsewhere. */
export function documentOf(title: string, ...content: readonly Content[]): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>${title}</title>
<style>${new Html(style)}</style>
</head>
<body>
<main>
${content}</main>
</body>
</html>
`.text
}
