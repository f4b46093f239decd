import { type Content, Html, html } from '../html.ts'
import type { Picture } from '../pictures.ts'
import type { PlotImage } from '../plots/plot.ts'

/** A section with a heading; nothing where there is nothing to show. */
export function section(title: string, ...content: readonly (Content | undefined)[]): Html {
  const shown = content.filter((each) => each !== undefined)
  return shown.length === 0 ? html`` : html`<section><h2>${title}</h2>${shown}</section>\n`
}

/** A table whose first columns are text, and the others numbers. */
export function table(
  head: readonly string[],
  rows: readonly (readonly Content[])[],
  { text = 1 }: { readonly text?: number } = {},
): Html {
  const kind = (column: number) => (column < text ? html` class="text"` : undefined)
  return html`<div class="scroll"><table><thead><tr>${head.map((cell, i) => html`<th scope="col"${kind(i)}>${cell}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${row.map((cell, i) => html`<td${kind(i)}>${cell}</td>`)}</tr>\n`)}</tbody></table></div>`
}

/** Names and values below one another. */
export function facts(rows: readonly (readonly [name: string, value: Content])[]): Html {
  return html`<table class="facts"><tbody>${rows.map(
    ([name, value]) => html`<tr><td class="soft">${name}</td><td>${value}</td></tr>\n`,
  )}</tbody></table>`
}

/** A plot with its title. */
export function figure({ title, svg }: PlotImage): Html {
  return html`<figure><figcaption>${title}</figcaption>${new Html(svg)}</figure>\n`
}

/** A picture of pixels. */
export function image({ source, width, height }: Picture, alt: string): Html {
  return html`<img src="${source}" width="${width}" height="${height}" alt="${alt}">`
}

/** Four digits that count. */
export function number(value: number): string {
  if (Number.isInteger(value)) return value.toLocaleString('en-US')
  const size = Math.abs(value)
  return size >= 1e-3 && size < 1e5 ? String(Number(value.toPrecision(4))) : value.toExponential(2)
}
