import type { EvaluationReport } from '@ashlar/experiment'
import { type Content, Html, html } from '../html.ts'
import { modelSection } from './model.ts'
import { facts, figure, image, number, section, table } from './parts.ts'
import type { ReportData } from './report-data.ts'
import { style } from './style.ts'

/** Plots that belong to the judgement of the model, not to its training. */
const JUDGEMENT = new Set(['confusion', 'calibration'])

/** A run as one page that needs nothing else. */
export function renderPage(data: ReportData): string {
  const { summary, notes } = data
  const curves = data.plots.filter(({ name }) => !JUDGEMENT.has(name))
  const judged = data.plots.filter(({ name }) => JUDGEMENT.has(name))
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>${summary.name}: ${data.name}</title>
<style>${new Html(style)}</style>
</head>
<body>
<main>
<h1>${summary.name}</h1>
<p class="soft">${data.name}${notes.tags.map((tag) => ` #${tag}`)}</p>
${notes.note === '' ? undefined : html`<p>${notes.note}</p>`}
${data.stored ? html`<p class="soft">This run was not made here: the page shows what it recorded, and nothing of it was computed again.</p>` : undefined}
<dl class="figures">${figuresOf(data).map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>\n`)}</dl>
${curves.length === 0 ? undefined : section('Training', html`<div class="plots">${curves.map(figure)}</div>`)}
${section('Test', ...judgement(data), judged.length === 0 ? undefined : html`<div class="plots">${judged.map(figure)}</div>`)}
${mistakesSection(data)}
${filtersSection(data)}
${data.model && section('Model', ...modelSection({ ...data, model: data.model }))}
${verificationSection(data)}
${section('Experiment', html`<pre>${data.config}</pre>`)}
${section('Where it comes from', facts(provenance(data)))}
</main>
</body>
</html>
`
  return page.text
}

function figuresOf({ summary, evaluation }: ReportData): [string, Content][] {
  const judged: [string, number][] =
    evaluation === undefined
      ? Object.entries(summary.test ?? {}).map(([name, value]) => [`test ${name}`, value])
      : evaluation.task === 'classification'
        ? [
            ['test accuracy', evaluation.accuracy],
            ['macro F1', evaluation.macro.f1],
            ['calibration error', evaluation.calibrationError],
          ]
        : evaluation.task === 'multi-label'
          ? [
              ['test accuracy', evaluation.accuracy],
              ['exact match', evaluation.exactMatch],
              ['macro F1', evaluation.macro.f1],
            ]
          : [
              ['mean absolute error', evaluation.meanAbsoluteError],
              ['R²', evaluation.r2],
            ]
  return [
    ...judged.map(([name, value]): [string, Content] => [name, number(value)]),
    ['parameters', number(summary.parameters)],
    ['steps', number(summary.steps)],
    ['samples/s', number(summary.samplesPerSecond)],
    ['outcome', summary.outcome],
  ]
}

function judgement({ evaluation, outputs }: ReportData): Html[] {
  if (evaluation === undefined) return []
  const each = Object.entries(outputs ?? {})
  if (each.length === 0) return judged(evaluation)
  return each.flatMap(([name, own]) => [html`<h3>output ${name}</h3>`, ...judged(own)])
}

function judged(evaluation: EvaluationReport): Html[] {
  if (evaluation.task === 'regression') {
    const { meanAbsoluteError, rootMeanSquaredError, r2 } = evaluation
    return [
      facts([
        ['mean absolute error', number(meanAbsoluteError)],
        ['root mean squared error', number(rootMeanSquaredError)],
        ['R²', number(r2)],
      ]),
    ]
  }
  const rows = [
    ...evaluation.perClass,
    { name: 'macro mean', ...evaluation.macro, support: evaluation.samples },
    evaluation.task === 'multi-label'
      ? { name: 'micro mean', ...evaluation.micro, support: evaluation.samples }
      : { name: 'weighted mean', ...evaluation.weighted, support: evaluation.samples },
  ]
  return [
    table(
      ['class', 'precision', 'recall', 'F1', 'samples'],
      rows.map(({ name, precision, recall, f1, support }) => [
        name,
        ...[precision, recall, f1, support].map(number),
      ]),
    ),
  ]
}

function mistakesSection({ mistakes, evaluation, stored }: ReportData): Html | undefined {
  if (stored || evaluation?.task !== 'classification') return undefined
  if (mistakes.length === 0) {
    return section('Worst mistakes', html`<p>None: every test sample is right.</p>`)
  }
  if (mistakes[0]!.picture === undefined) {
    const rows = mistakes.map(({ index, label, prediction, confidence }) => [
      String(index),
      label,
      prediction,
      number(confidence),
    ])
    return section('Worst mistakes', table(['sample', 'is', 'taken for', 'probability'], rows))
  }
  return section(
    'Worst mistakes',
    html`<ul class="pictures">${mistakes.map(
      ({ index, label, prediction, confidence, picture }) =>
        html`<li>${image(picture!, `test sample ${index}: ${label}, taken for ${prediction}`)}<span class="good">${label}</span> taken for <span class="bad">${prediction}</span>, ${number(confidence)}</li>\n`,
    )}</ul>`,
  )
}

function filtersSection({ filters }: ReportData): Html | undefined {
  if (filters === undefined) return undefined
  const { name, shape, pictures } = filters
  return section(
    'First filters',
    html`<p class="soft">${name}, ${shape.join('×')}${pictures.length < shape[3]! ? `; the first ${pictures.length}` : ''}. Grey is 0.</p>`,
    html`<ul class="pictures small">${pictures.map((picture, i) => html`<li>${image(picture, `filter ${i}`)}</li>\n`)}</ul>`,
  )
}

function verificationSection({ verification }: ReportData): Html {
  if (verification === undefined) {
    return section('Exported file', html`<p>The run was not exported.</p>`)
  }
  const { cases } = verification
  return section(
    'Exported file',
    facts(verification.facts),
    cases.length === 0
      ? undefined
      : table(
          ['inputs', 'batch', 'largest difference'],
          cases.map(({ inputs, batch, largest }) => [inputs, batch, number(largest)]),
        ),
  )
}

function provenance({ summary }: ReportData): [string, Content][] {
  const { environment, source, dataset } = summary
  const changes = source?.changes.length ?? 0
  return [
    ['began', summary.began],
    ['took', `${number(summary.seconds)} s`],
    ['seed', String(summary.seed)],
    ['engine', summary.engine],
    ['dataset', dataset.name],
    ['digest of the data', dataset.digest],
    ['commit', source === undefined ? 'not in a git repository' : source.commit],
    ...(changes > 0
      ? [['changes', `${changes} files differ from the commit`] as [string, Content]]
      : []),
    [
      'machine',
      `${environment.cpu}, ${environment.cores} cores, ${number(Math.round(environment.memoryBytes / 2 ** 30))} GiB`,
    ],
    ['system', environment.system],
    ['Node', environment.node],
    ...Object.entries(environment.packages),
  ]
}
