import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startUi, type Ui } from '@ashlar/ui/server'

/** What a run folder is made of. */
export interface MadeRun {
  readonly config?: string
  /** Lines of the log. */
  readonly log?: readonly object[]
  /** Figures of the test split; left out for a run that did not end. */
  readonly test?: Readonly<Record<string, number>>
  /** Deviations of these figures over folds. */
  readonly deviation?: Readonly<Record<string, number>>
  /** Further files. */
  readonly files?: Readonly<Record<string, string>>
}

/** Makes a run folder. */
export async function makeRunFolder(path: string, made: MadeRun = {}): Promise<void> {
  const { config = 'name: tiny\nseed: 1\n', log = [], test, deviation, files = {} } = made
  await mkdir(path, { recursive: true })
  const all: Record<string, string> = {
    'config.yaml': config,
    'metrics.jsonl': log.map((line) => `${JSON.stringify(line)}\n`).join(''),
    ...(test && {
      'summary.json': JSON.stringify({
        ...summaryOf(test),
        ...(deviation && { deviation: { test: deviation, training: {} } }),
      }),
    }),
    ...files,
  }
  for (const [name, text] of Object.entries(all)) await writeFile(join(path, name), text)
}

function summaryOf(test: Readonly<Record<string, number>>): object {
  return {
    ...{ name: 'tiny', outcome: 'finished', began: '2026-11-01T00:00:00.000Z', seed: 1 },
    ...{ engine: 'tfjs', dataset: { name: 'points', digest: 'sha256:0' }, parameters: 9 },
    ...{ samples: 3, steps: 4, seconds: 5, samplesPerSecond: 6, training: {}, test },
    environment: {
      ...{ node: '20.19.0', system: 'linux', cpu: 'cpu', cores: 2, memoryBytes: 1 },
      packages: {},
    },
  }
}

/** A page of a folder for the time of `fn`. */
export async function withUi(folder: string, fn: (ui: Ui) => Promise<void>): Promise<void> {
  const ui = await startUi({ folder, everyMs: 20 })
  try {
    await fn(ui)
  } finally {
    await ui.close()
  }
}

/** Asks with the token. */
export function ask(ui: Ui, path: string, init: RequestInit = {}): Promise<Response> {
  const headers = { authorization: `Bearer ${ui.token}`, ...init.headers }
  return fetch(`http://127.0.0.1:${ui.port}${path}`, { ...init, headers })
}

/** Has something changed. */
export function tell(ui: Ui, path: string, body: unknown, headers = {}): Promise<Response> {
  return ask(ui, path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
}

/** What an answer says, as JSON. */
export async function json<T>(response: Promise<Response>): Promise<T> {
  return (await (await response).json()) as T
}
