import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AshlarError } from '@ashlar/errors'
import { makeRun, type RunFolder } from '@ashlar/experiment'
import { tieredSuite } from '@ashlar/test-support'
import { parseHTML } from 'linkedom'
import * as assert from 'uvu/assert'
import { writeStoredReport } from '../src/index.ts'

const { test, slow } = tieredSuite('a page of what a run of somebody else recorded')

const inRun = async (fn: (run: RunFolder, folder: string) => Promise<void>) => {
  const folder = await mkdtemp(join(tmpdir(), 'ashlar-report-'))
  try {
    await fn(await makeRun(join(folder, 'run')), folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Names that break out of text, of attributes in either quotes, of tags, styles and remarks; and paths. */
const EVIL = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  `'><svg onload=alert(1)>`,
  '> onload=alert(1) x',
  '" onmouseover="alert(1)',
  '</title><script>alert(1)</script>',
  '</style><script>alert(1)</script>',
  '--><script>alert(1)</script>',
  ']]><script>alert(1)</script>',
  'javascript:alert(1)',
  '&lt;script&gt;alert(1)&lt;/script&gt;',
  `$\{alert(1)}`,
  '$&$1$`',
  '../../../../outside',
  '/etc/passwd',
  '..',
  'constructor',
  '__proto__',
  'a\u0000b\u001b[2J',
  'CON',
  'x'.repeat(5000),
  '',
]

interface Stored {
  summary: Record<string, unknown>
  description: Record<string, unknown>
  verification: Record<string, unknown>
  notes: Record<string, unknown>
  metrics: Record<string, unknown>[]
}

/** Everything that a run records, each text of it the same. */
function recorded(name: string): Stored {
  const layer = {
    ...{ path: name, name, type: name, depth: 0, outputShape: [null, 2] },
    ...{ calls: 2, parameters: 3, flops: 4 },
  }
  const mean = { precision: 1, recall: 1, f1: 1 }
  return {
    summary: {
      ...{ name, outcome: 'finished', reason: name, began: name, seed: 1, engine: name },
      ...{ dataset: { name, digest: name }, parameters: 1, samples: 1, steps: 1, seconds: 1 },
      ...{ samplesPerSecond: 1, training: { [name]: 1 }, test: { [name]: 1 } },
      environment: {
        ...{ node: name, system: name, cpu: name, cores: 1, memoryBytes: 1 },
        packages: { [name || 'x']: name },
      },
      source: { commit: name, branch: name, changes: [name] },
    },
    description: {
      version: 1,
      data: {
        ...{ name, inputShape: [2], labelShape: [], inputDtype: 'float32' },
        ...{ inputRange: [null, null], classes: [name, `${name}2`], licence: name, source: name },
      },
      model: {
        ...{ model: name, inputShape: [null, 2], outputShape: [null, 2], layers: [layer] },
        parameters: { total: 3, trainable: 3, nonTrainable: 0 },
      },
      graph: {
        nodes: [
          { id: 0, kind: 'input', name, type: name, shape: [null, 2] },
          { id: 1, kind: 'layer', name, type: name, shape: [null, 2], group: 0 },
        ],
        edges: [{ from: 0, to: 1 }],
        groups: [{ id: 0, name, type: name }],
      },
      evaluation: {
        ...{ task: 'classification', samples: 2, accuracy: 1, topK: {} },
        perClass: [
          { name, ...mean, support: 1 },
          { name: `${name}2`, ...mean, support: 1 },
        ],
        ...{ macro: mean, weighted: mean, calibrationError: null, calibration: [] },
        confusion: [
          [1, 0],
          [0, 1],
        ],
      },
    },
    verification: {
      file: { nodes: 1, opset: 17, sha256: name },
      verification: {
        ...{ passed: true, reference: { backend: name, version: name } },
        runtime: { name, version: name },
        cases: [{ inputs: name, batch: 1, outputs: [{ maxAbsolute: 1 }] }],
      },
    },
    notes: { tags: [name || 'tag'], note: name },
    metrics: [1, 2].map((step) => ({ kind: 'epoch', step, [name]: step, [`val_${name}`]: step })),
  }
}

async function store(run: RunFolder, stored: Stored, config: string = ''): Promise<void> {
  const { metrics, ...files } = stored
  for (const [file, value] of Object.entries(files)) await run.writeJson(`${file}.json`, value)
  await run.write('metrics.jsonl', metrics.map((each) => JSON.stringify(each)).join('\n'))
  await run.write('config.yaml', config)
}

/** Data that runs nowhere, or the one script that the page's policy knows by its digest. */
function isOurs(element: Element, page: string): boolean {
  if (!/^script$/i.test(element.tagName)) return false
  const digest = createHash('sha256')
    .update(element.textContent ?? '')
    .digest('base64')
  return (
    element.getAttribute('type') === 'application/json' ||
    page.includes(`; script-src 'sha256-${digest}';`)
  )
}

/** Everything in a page or plot that a browser would run or load, as a parser of HTML sees it. */
function dangers(text: string): string[] {
  const { document } = parseHTML(text)
  return [...document.querySelectorAll('*')].flatMap((element) => {
    const attributes = [...element.attributes].filter(
      ({ name, value }) =>
        /^on/i.test(name) ||
        (/^(xlink:)?(href|src|action)$/i.test(name) && !/^(#|data:image\/png)/.test(value)),
    )
    const isOdd =
      /^(script|img|iframe|object|embed|foreignobject|link|meta|base|form|animate|set|use)$/i
    const tag = element.tagName
    const isKnown =
      /^meta$/i.test(tag) && !/refresh/i.test(element.getAttribute('http-equiv') ?? '')
    if (isOurs(element, text)) return attributes.map(({ name }) => `${tag} ${name}`)
    return [
      ...attributes.map(({ name, value }) => `${tag} ${name}=${value}`),
      ...(isOdd.test(tag) && !isKnown ? [tag] : []),
    ]
  })
}

test('names of any form stay text in the page and in plots, and lead no file elsewhere', () =>
  inRun(async (run, folder) => {
    for (const name of EVIL) {
      await store(run, recorded(name), `name: ${name}`)
      const written = await writeStoredReport(run, { plots: ['svg'] })
      assert.ok(written.length > 3, name)
      for (const file of written) {
        const text = await readFile(file, 'utf8')
        assert.equal(dangers(text), [], `${JSON.stringify(name.slice(0, 60))} in ${file}`)
        assert.match(
          file.slice(run.path.length),
          /^\/(report\.html|plots\/[\p{L}\p{N}_.-]+\.svg)$/u,
        )
      }
      const page = await readFile(written[0]!, 'utf8')
      assert.match(page, "default-src 'none'")
      assert.equal(await readdir(folder), ['run'])
    }
    // The parser sees what it is to see.
    assert.equal(dangers('<p><a href="javascript:x">a</a><svg onload="y"></svg>').length, 2)
    assert.equal(dangers('<script>alert(1)</script>'), ['SCRIPT'])
  }))

/** mulberry32: numbers from 0 to 1, always the same. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

slow('damaged and hostile records of 120 sorts: a page, or an error in words', () =>
  inRun(async (run) => {
    const next = randomFrom(7)
    const values: unknown[] = [
      null,
      -1,
      1e308,
      '',
      'x',
      [],
      {},
      [null],
      true,
      Number.MAX_SAFE_INTEGER,
      '__proto__',
    ]
    const pick = <T>(all: readonly T[]): T => all[Math.floor(next() * all.length)]!
    /** Puts something else in the place of one value, however deep. */
    const damage = (value: unknown): unknown => {
      const entries = typeof value === 'object' && value !== null ? Object.entries(value) : []
      if (entries.length === 0 || next() < 0.15) return pick(values)
      const [key, inside] = pick(entries)
      if (next() < 0.1) {
        const rest = entries.filter(([other]) => other !== key)
        return Array.isArray(value) ? rest.map(([, each]) => each) : Object.fromEntries(rest)
      }
      const copy = structuredClone(value) as Record<string, unknown>
      copy[key] = damage(inside)
      return copy
    }
    let pages = 0
    for (let i = 0; i < 120; i++) {
      const stored = recorded('fine')
      const file = pick(Object.keys(stored) as (keyof Stored)[])
      await store(run, { ...stored, [file]: damage(stored[file]) } as Stored).catch(() => undefined)
      if (i % 10 === 0)
        await writeFile(
          run.file('metrics.jsonl'),
          '{"kind":"epoch","step":1e999,"a":1}\nnull\n[]\n{',
        )
      try {
        await writeStoredReport(run)
        pages++
      } catch (error) {
        assert.instance(error, AshlarError, `${i} ${file}: ${(error as Error).stack}`)
      }
    }
    assert.ok(pages > 50, `${pages} pages`)
  }),
)

test('a layer of the table leads to the diagram where it is in it, whatever it is called', () =>
  inRun(async (run) => {
    for (const name of ['conv', `a "quoted" <name> & 'more'`, 'constructor']) {
      const stored = recorded(name)
      const description = stored.description as { model: { layers: object[] } }
      const [layer] = description.model.layers
      description.model.layers.push({ ...layer, path: 'elsewhere', name: 'elsewhere' })
      await store(run, stored)
      const [page] = await writeStoredReport(run)
      const { document } = parseHTML(await readFile(page!, 'utf8'))
      const links = [...document.querySelectorAll('a')].filter((a) =>
        a.getAttribute('href')?.startsWith('#step-'),
      )
      assert.equal(
        links.map((a) => [a.getAttribute('href'), a.textContent]),
        [[`#step-${name}`, name]],
      )
      const ids = [...document.querySelectorAll('[id]')].map((each) => each.getAttribute('id'))
      assert.ok(ids.includes(`step-${name}`), name)
      assert.ok(ids.includes('layer-elsewhere'), name)
    }
  }))

test('a run without a summary says so', () =>
  inRun(async (run) => {
    await mkdir(run.file('summary.json'))
    await run.write('config.yaml', '')
    await writeStoredReport(run).then(
      () => assert.unreachable(),
      (error: Error) =>
        assert.match(error.message, /must have a readable summary\.json; one that failed/),
    )
  }))

test.run()
