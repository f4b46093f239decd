/** The look of the page of runs and of reports: follows the reader's choice of light or dark, and fits a phone. */
export const style: string = `
:root { color-scheme: light dark;
--page: light-dark(#ffffff, #14171b); --text: light-dark(#1b1f24, #e4e8ec); --soft: light-dark(#59636e, #9aa5b1); --line: light-dark(#d8dee4, #313840);
--box: light-dark(#f5f7f9, #1d2228); --good: light-dark(#1a7f37, #4ac26b); --bad: light-dark(#b93a0a, #ff9a62); --link: light-dark(#1f5fbf, #7fb0f5);
--focus: light-dark(#1f5fbf, #7fb0f5) }
/* Canvases need colours that are none of two. */
:root { --cell: 48 98 190; --axis: #59636e; --grid: #e3e7eb; --mark: #59636e; --line-0: #2f6fd0; --line-1: #c2540a; --line-2: #2a8a4a; --line-3: #8f4fc4; --line-4: #b3307a; --line-5: #0d8294; --line-6: #8a6d00; --line-7: #626b75 }
@media (prefers-color-scheme: dark) { :root { --cell: 110 166 255; --axis: #9aa5b1; --grid: #2b3138; --mark: #9aa5b1; --line-0: #6ea6ff; --line-1: #ff9a55; --line-2: #5bc97f; --line-3: #c08df0; --line-4: #f078b4; --line-5: #46c6d8; --line-6: #d8b93a; --line-7: #aab4bf } }
* { box-sizing: border-box }
body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.5 system-ui, sans-serif }
main, header { max-width: 1180px; margin: 0 auto; padding: 0 20px }
main { padding-bottom: 64px; outline: none } main.report { max-width: 1100px; padding-top: 24px }
header { display: flex; flex-wrap: wrap; gap: 4px 24px; justify-content: space-between; align-items: center; padding-top: 10px; padding-bottom: 10px }
header nav a { display: inline-flex; align-items: center; gap: 8px; font-weight: 600; color: inherit; text-decoration: none } header p { margin: 0 }
.load { display: flex; flex-wrap: wrap; gap: 4px 20px; font-size: .85rem; min-height: 1.5em } .meter { display: inline-flex; gap: 8px; align-items: center }
.gauge { width: 64px; height: 8px; border-radius: 4px; background: var(--line); overflow: hidden } .gauge span { display: block; height: 100%; background: var(--line-0) }
.figure { font-variant-numeric: tabular-nums }
h1 { font-size: 1.6rem; margin: 8px 0 4px; overflow-wrap: anywhere }
h2 { font-size: 1.2rem; margin: 40px 0 12px; padding-top: 12px; border-top: 1px solid var(--line) }
p { margin: 8px 0 } .soft { color: var(--soft) } .note { white-space: pre-wrap; overflow-wrap: anywhere } .problem, .bad { color: var(--bad) } .good { color: var(--good) }
.problem { white-space: pre-wrap; overflow-wrap: anywhere } .problem:empty { margin: 0 }
a { color: var(--link) } :focus-visible { outline: 2px solid var(--focus); outline-offset: 2px }
.hidden, .skip:not(:focus) { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap }
.skip:focus { position: fixed; top: 8px; left: 8px; background: var(--page); padding: 6px 12px; z-index: 9 }
button, .button, input[type=text], input[type=search], select, textarea, summary { font: inherit; font-size: .95rem; color: inherit; background: var(--box); border: 1px solid var(--line); border-radius: 6px; padding: 5px 12px }
select { padding-right: 6px; max-width: 100% }
button, .button, summary { cursor: pointer; text-decoration: none } button:disabled, .button[aria-disabled=true] { color: var(--soft); cursor: default; opacity: .75 }
button.plain { background: none; border: 0; padding: 0; font-weight: inherit; color: inherit } button.danger { background: light-dark(#b3261e, #8c1d18); color: #ffffff; border-color: transparent }
input[type=search], input[type=text], textarea { background: var(--page) } textarea { width: 100%; max-width: 640px; display: block; margin: 8px 0 }
.controls { display: flex; flex-wrap: wrap; gap: 8px 16px; align-items: center; margin: 8px 0 } .controls form { display: flex; gap: 8px } .controls .grow { flex: 1 1 320px; display: flex; gap: 8px; align-items: center } .controls .grow input { flex: 1; min-width: 0 }
.controls label { display: inline-flex; align-items: center; gap: 6px } input[type=range] { width: 130px } output { font-variant-numeric: tabular-nums } .hint { font-size: .85rem }
.menu { position: relative } .menu[open] .menu-content { position: absolute; right: 0; top: calc(100% + 4px); z-index: 5; width: min(340px, 86vw); background: var(--page); border: 1px solid var(--line); border-radius: 8px; padding: 12px; box-shadow: 0 6px 24px rgb(0 0 0 / .2) }
.menu-content input[type=search] { width: 100% } .menu-list { max-height: 320px; overflow: auto; margin: 8px 0; display: grid; gap: 2px } .menu-list label { overflow-wrap: anywhere }
summary { width: max-content; list-style-position: inside } .notes { margin: 16px 0 } .notes-content { padding: 8px 0 }
.tag { display: inline-block; font-size: .8rem; background: var(--box); border: 1px solid var(--line); border-radius: 10px; padding: 0 8px; margin-left: 8px; font-weight: 400 } .notes .tag { margin: 0; padding: 3px 10px }
.outcome { font-size: .8rem; font-weight: 400; margin-left: 8px; color: var(--soft) } .outcome.running { color: var(--good) } .outcome.failed, .outcome.killed { color: var(--bad) }
.running { display: flex; flex-wrap: wrap; gap: 8px 16px; align-items: center; background: var(--box); border-radius: 8px; padding: 10px 14px; margin: 12px 0 }
.figures { display: grid; grid-template-columns: repeat(var(--all), minmax(0, 1fr)); gap: 12px; margin: 20px 0 0; padding: 0 }
.figures div { background: var(--box); border-radius: 8px; padding: 10px 14px; min-width: 0 }
.figures dt { color: var(--soft); font-size: .85rem } .figures dd { margin: 0; font-size: 1.2rem; font-weight: 600; overflow-wrap: anywhere; font-variant-numeric: tabular-nums }
@media (max-width: 1000px) { .figures { grid-template-columns: repeat(var(--half), minmax(0, 1fr)) } .figures div:last-child:nth-child(odd) { grid-column: span 2 } }
@media (max-width: 560px) { .figures { grid-template-columns: repeat(2, minmax(0, 1fr)) } main, header { padding-left: 14px; padding-right: 14px } }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 460px), 1fr)); gap: 28px; align-items: start; margin-top: 12px }
figure { margin: 0; min-width: 0 } figcaption { font-size: .95rem; font-weight: 600; margin-bottom: 2px; overflow-wrap: anywhere }
.chart .plot { min-height: 272px; min-width: 0; overflow: hidden } .chart .plot:focus-visible { outline-offset: 0 }
.legend { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 13rem), 1fr)); gap: 0 14px; margin: 0; font-size: .85rem; min-height: 1.5em; font-variant-numeric: tabular-nums } .legend.many { height: 7.5em; overflow: hidden; align-content: start } .legend b { display: inline-block; min-width: 4em; padding-left: .35em } figcaption .at { float: right; font-weight: 400; font-size: .85rem; color: var(--soft); font-variant-numeric: tabular-nums } .key { overflow-wrap: anywhere } .key.nearest { background: rgb(var(--cell) / .18); border-radius: 4px } .legend.many .soft { grid-column: 1 / -1 }
.scatters { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 320px), 1fr)); gap: 20px 28px } .scatter .plot { position: relative; min-height: 220px; cursor: pointer } .scatter .told { min-height: 3em; margin: 0; font-size: .85rem; overflow-wrap: anywhere } .spot { position: absolute; width: 16px; height: 16px; margin: -8px 0 0 -8px; border: 2px solid var(--text); border-radius: 50%; pointer-events: none }
.swatch { display: inline-block; width: 18px; border-top: 3px solid var(--color); vertical-align: middle; margin-right: 6px } .swatch.dashed { border-top-style: dashed } .swatch.mark { width: 0; height: 14px; border-top: 0; border-left: 2px dashed var(--mark); margin-left: 4px }
.u-select { background: rgb(var(--cell) / .18) } .u-hz .u-cursor-x, .u-hz .u-cursor-y { border-color: var(--soft) }
svg { max-width: 100%; height: auto; display: block; overflow: visible }
.scroll { overflow-x: auto; max-width: 100% }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums } th, td { padding: 4px 14px 4px 0; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--line) }
th { font-weight: 500 } thead th { color: var(--soft) } td.text, th.text { text-align: left }
.runs { overflow: auto; max-height: max(320px, calc(100vh - 260px)); border: 1px solid var(--line); border-radius: 8px; contain: content } .runs table { width: 100%; border-spacing: 0; border-collapse: separate }
.runs th, .runs td { padding: 0 14px; height: 34px } .runs thead th, .runs thead td { position: sticky; top: 0; background: var(--box); z-index: 1 } .runs td:first-child { width: 44px; min-width: 44px; text-align: center } .runs tr.chosen > * { background: color-mix(in srgb, rgb(var(--cell)) 12%, var(--page)) }
.runs td:first-child, .runs tr > :nth-child(2) { position: sticky; left: 0; z-index: 1; background: var(--page) } .runs tr > :nth-child(2) { left: 44px } .runs tr[aria-hidden] > * { position: static } .runs thead td:first-child, .runs thead th:nth-child(2) { background: var(--box); z-index: 2 }
.runs th a { display: inline-flex; max-width: 24rem; vertical-align: bottom } .sweep { overflow: hidden; text-overflow: ellipsis; color: var(--soft) } .trial { flex: none }
.runs td.text { max-width: 260px; overflow: hidden; text-overflow: ellipsis }
.compare th, .compare td { padding: 4px 14px; max-width: 260px; white-space: normal; overflow-wrap: break-word; min-width: 90px } .compare th.text { position: sticky; left: 0; background: var(--page); min-width: 120px } .groups td { white-space: nowrap } .groups th.text { min-width: min(40vw, 15rem) } .compare .metrics tr:first-child > * { border-top: 2px solid var(--line) } .compare thead .outcome { display: block; margin: 0 }
.facts { display: grid; grid-template-columns: minmax(120px, max-content) minmax(0, 1fr); gap: 4px 20px; margin: 0; font-size: .9rem } section > .facts + .scroll { margin-top: 16px } .facts dt { color: var(--soft) } .facts dd { margin: 0; overflow-wrap: anywhere }
.beside { display: flex; flex-wrap: wrap; gap: 28px 48px; align-items: flex-start } .beside > * { max-width: 100% }
.matrix { font-size: .85rem } .matrix th, .matrix td { padding: 0 6px; border: 1px solid var(--page); height: 30px; min-width: 34px } .matrix td { text-align: center } .matrix tbody td { background: color-mix(in srgb, rgb(var(--cell)) calc(4% + .46 * var(--part)), var(--page)) } .matrix tbody td.strong { font-weight: 700 }
.matrix th { color: var(--soft); max-width: 160px; overflow: hidden; text-overflow: ellipsis } .matrix thead th { vertical-align: bottom } .matrix thead th span { writing-mode: vertical-rl; transform: rotate(180deg); max-height: 140px; overflow: hidden; text-overflow: ellipsis; padding: 6px 0 } .matrix.dense th { font-size: .7rem } .matrix.dense td, .matrix.dense th { height: 13px; min-width: 13px; padding: 0 1px; line-height: 1 }
.calibration { width: 320px } .calibration text { font-size: 12px; fill: var(--soft) } .calibration .grid { stroke: var(--line) } .calibration .ideal { stroke: var(--soft); stroke-dasharray: 4 4 } .calibration circle { fill: rgb(var(--cell) / .6); stroke: rgb(var(--cell)) }
.balance { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 280px), 1fr)); gap: 28px } .bars { width: 100%; table-layout: auto } .bars th { text-align: left; padding-right: 10px; width: 1%; max-width: 180px; overflow: hidden; text-overflow: ellipsis } .bars th, .bars td { border: 0; padding-top: 2px; padding-bottom: 2px } .bars td { text-align: left; padding-right: 64px; position: relative } .bar { display: inline-block; height: 12px; background: var(--line-0); border-radius: 3px; vertical-align: middle; min-width: 1px } .count { position: absolute; right: 0; width: 58px; text-align: right } .balance .scroll { max-height: 380px; overflow: auto }
.pictures { display: flex; flex-wrap: wrap; gap: 12px; padding: 0; margin: 0; list-style: none } .pictures li { width: 96px; font-size: .8rem; line-height: 1.3; overflow-wrap: anywhere }
.pictures img { width: 96px; height: 96px; object-fit: contain; image-rendering: pixelated; display: block; border: 1px solid var(--line); border-radius: 4px; background: var(--box); margin-bottom: 3px }
.small li { width: 44px } .small img { width: 44px; height: 44px; margin: 0 }
.diagram { overflow: auto; max-height: 85vh; border: 1px solid var(--line); border-radius: 8px; margin: 0 0 16px }
.diagram svg { max-width: max(100%, 520px); width: auto; margin: 0 auto } .diagram .label { stroke: var(--page) }
.diagram a { cursor: pointer; color: inherit } .diagram a:hover text, .diagram a:target text { text-decoration: underline }
.diagram a:target text { font-weight: 700 } td:has(:target) { background: var(--box); font-weight: 700 }
td a { color: inherit; text-decoration-color: var(--soft); text-underline-offset: 2px }
pre { background: var(--box); border-radius: 8px; padding: 14px; overflow-x: auto; font-size: .85rem; line-height: 1.45 }
@media (max-width: 560px) { table { font-size: .8rem } th, td { padding-right: 9px } .runs th, .runs td { padding: 0 8px } .runs td:first-child { width: 30px; min-width: 30px } .runs tr > :nth-child(2) { left: 30px } .runs th.text { max-width: 40vw; overflow: hidden; text-overflow: ellipsis } .runs th a { max-width: 38vw; overflow: hidden; text-overflow: ellipsis; display: inline-block } .runs .sweep { display: none }
.matrix th, .matrix td { padding: 0 1px; min-width: 27px } .controls .hint { display: none } }
@media (prefers-reduced-motion: no-preference) { .gauge span { transition: width .3s } }
@media print { body { font-size: 12px } h2 { break-after: avoid } figure, li { break-inside: avoid } .diagram { max-height: none } .needs-script, header { display: none } }
`
