import { createHash } from 'node:crypto'
import { basename, extname } from 'node:path'
import {
  areNamed,
  type DatasetInfo,
  readLabels,
  readSamples,
  type Samples,
  type Split,
  theOnly,
} from '@ashlar/core'
import { readEncodings } from '@ashlar/core/encoding'
import { type RunFolder, readDescription, readText, runFiles } from '@ashlar/experiment'
import { type InspectedModel, inspectFile } from '@ashlar/export'
import type { CardSection, PageOptions, SampleImages } from '@ashlar/page'
import { openContainer } from '@ashlar/plugins'
import { formatBytes, formatMetric } from '../terminal/format.ts'
import { lookedAt } from './looked-at.ts'
import { takesPictures } from './takes-pictures.ts'
import { resolveTarget } from './target.ts'
import { describeVerification } from './verification.ts'

/** Images of each class that the page offers. */
const SAMPLES_PER_CLASS = 2
/** Images in all, however many classes there are. */
const MOST_SAMPLES = 20

/** A model that a page is to be made for. */
export interface PageSubject {
  /** The ONNX file. */
  readonly file: string
  /** What the server calls the model; by default the file's name. */
  readonly name?: string | undefined
  /** The run that it lies in, if any: it knows classes and images. */
  readonly run?: RunFolder | undefined
  /** How pictures are read that browsers do not read, where the page asks for pictures. */
  readonly convert?: PageOptions['convert']
  /** Takes a run that was not made here for the user's own. */
  readonly trust?: boolean | undefined
}

/**
 * What the page of a served model shows: the card from what the file says of itself and how it was verified, images and class names
 * from the dataset of its run. Of a run that was not made here, nothing is loaded that would need trust: it says itself what its classes are.
 *
 * @throws DataError when the file is no ONNX model.
 */
export async function describePage(subject: PageSubject): Promise<PageOptions> {
  const { file, name, run } = subject
  const inspected = await inspectFile(file)
  const title = name ?? basename(file, extname(file))
  const data = run && (await findData(run, subject.trust))
  const { input, output: meaning, inputs, outputs } = readEncodings(inspected.metadata, file)
  return {
    model: title,
    file,
    card: {
      title,
      description: run && `Trained, exported and verified by Ashlar. Run ${run.name}.`,
      sections: [
        metricsOf(inspected),
        ...(run ? await verificationOf(run) : []),
        provenanceOf(inspected),
        fileOf(inspected),
      ].filter(({ rows }) => rows.length > 0),
    },
    labels:
      meaning === undefined || meaning.task === 'regression' ? data?.info.classes : meaning.classes,
    gives: meaning === undefined || meaning.task === 'regression' ? undefined : meaning.gives,
    ...(meaning?.task === 'multi-label' && { multiLabel: true }),
    targets: meaning?.task === 'regression' ? meaning.targets : undefined,
    input,
    inputs,
    outputs,
    ...(takesPictures(inspected, { input, inputs }) && { convert: subject.convert }),
    samples: data?.test && (await samplesOf(data.info, { ...data.test, info: data.info })),
  }
}

interface FoundData {
  readonly info: DatasetInfo
  readonly test?: Split | undefined
}

/** What is known of a run's dataset: from itself, or from what the run says of it. */
async function findData(
  run: RunFolder,
  trust: boolean | undefined,
): Promise<FoundData | undefined> {
  const looked = await lookedAt({ path: run.path, trust, parts: ['dataset'] })
  if (looked === undefined) return loadData(run, trust)
  const description = await readDescription(run)
  return description && { info: description.data }
}

/** The run's dataset: its classes, and images that the model has not been trained on. */
async function loadData(run: RunFolder, trust: boolean | undefined): Promise<FoundData> {
  const { experiment, registry } = await resolveTarget(run.path, { trust, parts: ['dataset'] })
  const { seed, folder } = experiment
  const container = openContainer(registry, { seed, folder })
  try {
    const dataset = container.create('dataset', experiment.dataset, 'experiment.dataset')
    return { info: dataset.info, test: (await dataset.load()).test }
  } finally {
    await container.dispose()
  }
}

/** Some images of each class; undefined for data of another kind. */
async function samplesOf(info: DatasetInfo, test: Samples): Promise<SampleImages | undefined> {
  const [height, width, channels, ...more] = info.inputShape
  if (info.inputDtype !== 'uint8' || more.length > 0) return undefined
  if (channels !== 1 && channels !== 3) return undefined
  const labels = await readLabels(test)
  // Of several fields, or a label for each pixel, there is no picture of a class.
  if (areNamed(labels) || info.inputs !== undefined || labels.length !== test.length)
    return undefined
  const size = height! * width! * channels
  const counts = new Map<number, number>()
  const chosen: number[] = []
  for (let index = 0; index < test.length && chosen.length < MOST_SAMPLES; index++) {
    const count = counts.get(labels[index]!) ?? 0
    if (count === SAMPLES_PER_CLASS) continue
    counts.set(labels[index]!, count + 1)
    chosen.push(index)
  }
  chosen.sort((a, b) => labels[a]! - labels[b]!)
  const pixels = new Uint8Array(chosen.length * size)
  pixels.set(theOnly('page', (await readSamples(test, chosen)).inputs))
  const names = chosen.map((index) => info.classes[labels[index]!] ?? String(labels[index]))
  return { height: height!, width: width!, channels, pixels, labels: names }
}

function metricsOf({ metadata }: InspectedModel): CardSection {
  const metrics = objectIn(metadata.get('ashlar.metrics'))
  return {
    title: 'On test data',
    rows: Object.entries(metrics).map(([name, value]) => [
      name,
      typeof value === 'number' ? formatMetric(value) : String(value),
    ]),
  }
}

async function verificationOf(run: RunFolder): Promise<CardSection[]> {
  const text = await readText(run.file(runFiles.verification)).catch(() => '')
  const lines = describeVerification(objectIn(text))
  return [{ title: 'Verified', rows: lines.map((line) => ['equality', line] as const) }]
}

function provenanceOf({ metadata }: InspectedModel): CardSection {
  const known: readonly (readonly [key: string, label: string])[] = [
    ['ashlar.dataset', 'dataset'],
    ['ashlar.dataset_digest', 'its digest'],
    ['ashlar.seed', 'seed'],
  ]
  const versions = objectIn(metadata.get('ashlar.versions'))
  return {
    title: 'Made from',
    rows: [
      ...known.flatMap(([key, label]) => {
        const value = metadata.get(key)
        return value === undefined ? [] : [[label, value] as const]
      }),
      ...Object.entries(versions).map(([name, version]) => [name, String(version)] as const),
    ],
  }
}

function fileOf({ bytes, opset }: InspectedModel): CardSection {
  return {
    title: 'File',
    rows: [
      ['size', formatBytes(bytes.length)],
      ['opset', String(opset)],
      ['SHA-256', createHash('sha256').update(bytes).digest('hex')],
    ],
  }
}

/** What a text of JSON holds; nothing when it is none, as in files that others wrote. */
function objectIn(text: string | undefined): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text ?? '')
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}
