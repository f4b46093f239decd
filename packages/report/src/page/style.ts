/** The look of a page: follows the reader's choice of light or dark, and fits a phone. */
export const style: string = `
:root { color-scheme: light dark; --page: #ffffff; --text: #1b1f24; --soft: #59636e; --line: #d8dee4; --box: #f5f7f9; --good: #1a7f37; --bad: #c2410c }
@media (prefers-color-scheme: dark) { :root { --page: #14171b; --text: #e4e8ec; --soft: #9aa5b1; --line: #313840; --box: #1d2228; --good: #4ac26b; --bad: #ff9a62 } }
* { box-sizing: border-box }
body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.5 system-ui, sans-serif }
main { max-width: 1100px; margin: 0 auto; padding: 24px 20px 64px }
h1 { font-size: 1.6rem; margin: 0 0 4px; overflow-wrap: anywhere }
h2 { font-size: 1.2rem; margin: 40px 0 12px; padding-top: 12px; border-top: 1px solid var(--line) }
p { margin: 8px 0 } .soft { color: var(--soft) }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); gap: 12px; margin: 20px 0 0; padding: 0 }
.figures div { background: var(--box); border-radius: 8px; padding: 10px 14px }
.figures dt { color: var(--soft); font-size: .85rem } .figures dd { margin: 0; font-size: 1.25rem; font-weight: 600; overflow-wrap: anywhere }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr)); gap: 24px; align-items: start }
figure { margin: 0; min-width: 0 } figcaption { color: var(--soft); font-size: .9rem; margin-bottom: 4px }
svg { width: 100%; height: auto; display: block; overflow: visible }
.scroll { overflow-x: auto; max-width: 100% }
.plots + *, .scroll + .plots { margin-top: 24px }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums } th, td { padding: 4px 14px 4px 0; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--line) }
th { color: var(--soft); font-weight: 500 } table.facts td:first-child, td.text, th.text { text-align: left }
table.facts td:last-child { text-align: left; white-space: normal; overflow-wrap: anywhere }
.pictures { display: flex; flex-wrap: wrap; gap: 12px; padding: 0; margin: 0; list-style: none } .pictures li { width: 96px; font-size: .8rem; line-height: 1.3; overflow-wrap: anywhere }
.pictures img { width: 96px; height: 96px; object-fit: contain; image-rendering: pixelated; display: block; border: 1px solid var(--line); border-radius: 4px; background: var(--box) }
.small li { width: 44px } .small img { width: 44px; height: 44px }
.diagram { overflow: auto; max-height: 85vh; border: 1px solid var(--line); border-radius: 8px; margin: 0 0 16px }
.diagram svg { max-width: max(100%, 520px); width: auto; margin: 0 auto } .diagram .label { stroke: var(--page) }
.diagram a { cursor: pointer } .diagram a:hover text, .diagram a:target text { text-decoration: underline }
.diagram a:target text { font-weight: 700 } td:has(:target) { background: var(--box); font-weight: 700 }
td a { color: inherit; text-decoration-color: var(--soft); text-underline-offset: 2px }
.good { color: var(--good) } .bad { color: var(--bad) }
pre { background: var(--box); border-radius: 8px; padding: 14px; overflow-x: auto; font-size: .85rem; line-height: 1.45 }
@media print { body { font-size: 12px } h2 { break-after: avoid } figure, li { break-inside: avoid } .diagram { max-height: none } }
`
