import { type ComponentChild, Fragment, h } from 'preact'
import { formatColumn, formatNumber } from '../data/format.ts'
import type {
  FilterView,
  LayerRow,
  Mistake,
  ModelView,
  RunView,
  ShownSample,
  VerificationTable,
} from '../data/run-view.ts'
import { Balance, Judgements } from './judged-outputs.ts'
import { type Cell, Facts, Pixels, Section, Table } from './parts.ts'

/** What is known of a run after its curves: test, mistakes, data, model, exported file, experiment, provenance. */
export function RunSections({ view }: { view: RunView }): ComponentChild {
  const { evaluation, outputs, mistakes, balance, augmented, filters, model, verification } = view
  return h(
    Fragment,
    null,
    evaluation && h(Section, { title: 'Test' }, h(Judgements, { evaluation, outputs })),
    mistakes &&
      evaluation?.task === 'classification' &&
      h(Section, { title: 'Worst mistakes' }, h(Mistakes, { mistakes })),
    balance && h(Section, { title: 'Classes' }, h(Balance, { balance })),
    augmented &&
      augmented.length > 0 &&
      h(Section, { title: 'As it is trained on' }, h(Augmented, { samples: augmented })),
    filters && h(Section, { title: 'First filters' }, h(Filters, { filters })),
    model && h(Section, { title: 'Model' }, h(ModelTable, { model })),
    h(Section, { title: 'Exported file' }, h(Verification, { verification })),
    h(Section, { title: 'Experiment' }, h('pre', { tabIndex: 0 }, view.config)),
    h(Section, { title: 'Where it comes from' }, h(Facts, { rows: view.provenance })),
  )
}

function Mistakes({ mistakes }: { mistakes: readonly Mistake[] }): ComponentChild {
  if (mistakes.length === 0) return h('p', null, 'None: every test sample is right.')
  if (mistakes[0]!.picture === undefined) {
    return h(Table, {
      label: 'Worst mistakes',
      columns: [
        { head: 'sample', kind: 'text', cells: mistakes.map(({ index }) => String(index)) },
        { head: 'is', kind: 'text', cells: mistakes.map(({ label }) => label) },
        { head: 'taken for', kind: 'text', cells: mistakes.map(({ prediction }) => prediction) },
        {
          head: 'probability',
          kind: 'number',
          cells: mistakes.map(({ confidence }) => confidence),
        },
      ],
    })
  }
  const shares = formatColumn(mistakes.map(({ confidence }) => confidence))
  return h(
    'ul',
    { class: 'pictures' },
    mistakes.map(({ index, label, prediction, picture }, i) =>
      h(
        'li',
        { key: index },
        picture &&
          h(Pixels, { picture, alt: `test sample ${index}: ${label}, taken for ${prediction}` }),
        h('span', { class: 'good' }, label),
        ' taken for ',
        h('span', { class: 'bad' }, prediction),
        `, ${shares[i]}`,
      ),
    ),
  )
}

function Augmented({ samples }: { samples: readonly ShownSample[] }): ComponentChild {
  return h(
    Fragment,
    null,
    h('p', { class: 'soft' }, 'The first training samples, as the first step changes them.'),
    h(
      'ul',
      { class: 'pictures' },
      samples.map(({ picture, label }, i) =>
        h(
          'li',
          { key: i },
          picture && h(Pixels, { picture, alt: `augmented sample: ${label}` }),
          label,
        ),
      ),
    ),
  )
}

function Filters({ filters }: { filters: FilterView }): ComponentChild {
  const { name, shape, pictures } = filters
  const cut = pictures.length < (shape[3] ?? 0) ? `; the first ${pictures.length}` : ''
  return h(
    Fragment,
    null,
    h('p', { class: 'soft' }, `${name}, ${shape.join('×')}${cut}. Grey is 0.`),
    h(
      'ul',
      { class: 'pictures small' },
      pictures.map((picture, i) => h('li', { key: i }, h(Pixels, { picture, alt: `filter ${i}` }))),
    ),
  )
}

function ModelTable({ model }: { model: ModelView }): ComponentChild {
  const { layers, total, trainable, flops, milliseconds, diagram } = model
  const isTimed = milliseconds !== undefined
  const flopsOf = layers.map((layer) => layer.flops)
  return h(
    Fragment,
    null,
    h(
      'p',
      null,
      `${formatNumber(total)} parameters, ${formatNumber(trainable)} of them trained; ${
        flops === undefined ? 'FLOPs are not known' : `${formatNumber(flops)} FLOPs for one sample`
      }${isTimed ? `; ${formatTime(milliseconds)} ms for one sample, all layers together` : ''}.`,
    ),
    diagram !== undefined &&
      // Made by this program: names of layers are escaped where it is drawn.
      h('div', {
        class: 'diagram',
        tabIndex: 0,
        role: 'region',
        'aria-label': 'Diagram of the model',
        dangerouslySetInnerHTML: { __html: diagram },
      }),
    h(Table, {
      label: 'Layers',
      columns: [
        {
          head: 'layer',
          kind: 'text',
          cells: layers.map(nameOf),
        },
        { head: 'type', kind: 'text', cells: layers.map(({ type }) => type) },
        { head: 'output shape', kind: 'text', cells: layers.map(({ shape }) => shape) },
        { head: 'parameters', kind: 'number', cells: layers.map(({ parameters }) => parameters) },
        {
          head: 'FLOPs',
          kind: 'number',
          cells: flopsOf.map((each) => (each === undefined ? '' : formatNumber(each))) as Cell[],
        },
        ...(isTimed
          ? ([
              {
                head: 'ms',
                kind: 'number',
                cells: layers.map(({ milliseconds: time }) =>
                  time === undefined ? '' : formatTime(time),
                ),
              },
              {
                head: 'time',
                kind: 'number',
                cells: layers.map(({ milliseconds: time }) =>
                  time === undefined ? '' : `${((100 * time) / milliseconds).toFixed(1)} %`,
                ),
              },
            ] as const)
          : []),
      ],
    }),
    isTimed &&
      h(
        'p',
        { class: 'soft' },
        'Times are those of one sample in the model as it is exported, run by onnxruntime on the machine that wrote this page: medians of many runs, node by ' +
          'node, which takes longer than a run that nobody watches. A layer without a time is computed together with another one, as a batch norm is in the ' +
          'convolution before it.',
      ),
  )
}

/** A layer of the diagram leads there; its own row is where the diagram leads to. */
function nameOf({ path, name, depth, calls, isDrawn }: LayerRow): ComponentChild {
  if (path === '') return h('span', null, name)
  return h(
    'span',
    { id: `layer-${path}`, style: { paddingLeft: `${depth * 1.1}em` } },
    isDrawn ? h('a', { href: `#step-${path}` }, name) : name,
    calls > 1 ? ` ×${calls}` : undefined,
  )
}

/** Microseconds, which is as far as onnxruntime counts. */
function formatTime(milliseconds: number): string {
  return milliseconds.toLocaleString('en-US', {
    minimumFractionDigits: 3,
    maximumFractionDigits: 3,
  })
}

function Verification({
  verification,
}: {
  verification: VerificationTable | undefined
}): ComponentChild {
  if (verification === undefined) return h('p', null, 'The run was not exported.')
  const { facts, cases } = verification
  return h(
    Fragment,
    null,
    h(Facts, { rows: facts }),
    cases.length > 0 &&
      h(Table, {
        label: 'What the file was held against',
        columns: [
          { head: 'inputs', kind: 'text', cells: cases.map(({ inputs }) => inputs) },
          { head: 'batch', kind: 'text', cells: cases.map(({ batch }) => batch) },
          {
            head: 'largest difference',
            kind: 'number',
            cells: cases.map(({ largest }) => largest),
          },
        ],
      }),
  )
}
