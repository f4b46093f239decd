import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Writes a run folder as training leaves it behind; `summary` undefined for one that was killed. */
export async function writeRun(
  out: string,
  name: string,
  config: object,
  summary: object | undefined,
  metrics: readonly object[] = [],
): Promise<string> {
  const folder = join(out, name)
  await mkdir(folder, { recursive: true })
  // JSON is YAML.
  await writeFile(join(folder, 'config.yaml'), JSON.stringify(config))
  if (summary !== undefined) await writeFile(join(folder, 'summary.json'), JSON.stringify(summary))
  const lines = metrics.map((line) => `${JSON.stringify(line)}\n`)
  await writeFile(join(folder, 'metrics.jsonl'), lines.join(''))
  return folder
}

/** A summary with what listings read. */
export function summaryOf(accuracy: number, more: object = {}): object {
  return {
    outcome: 'finished',
    began: '2026-11-24T10:00:00.000Z',
    steps: 20,
    seconds: 12,
    parameters: 100,
    training: { loss: 1 - accuracy },
    test: { accuracy },
    ...more,
  }
}

/** A config with what listings read. */
export function configOf(name: string, optimizer: string, more: object = {}): object {
  return { name, model: { name: 'mlp', hidden: [4, 5] }, optimizer: { name: optimizer }, ...more }
}
