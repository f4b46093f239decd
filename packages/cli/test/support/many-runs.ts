import { linkSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** How many runs a folder is to have, and how many points each. */
export interface ManyRuns {
  readonly runs: number
  readonly points: number
}

/** Makes a folder of runs that ended, all with the same log, which is there once. */
export function makeManyRuns(folder: string, { runs, points }: ManyRuns): string[] {
  mkdirSync(folder, { recursive: true })
  const log = join(folder, 'log')
  writeFileSync(log, logOf(points))
  const names = Array.from({ length: runs }, (_, i) => {
    const name = `20261101-${String(i).padStart(6, '0')}-sweep`
    const run = join(folder, name)
    mkdirSync(run)
    linkSync(log, join(run, 'metrics.jsonl'))
    writeFileSync(join(run, 'config.yaml'), configOf(i))
    writeFileSync(join(run, 'summary.json'), JSON.stringify(summaryOf(i, points)))
    if (i % 10 === 0) {
      writeFileSync(join(run, 'notes.json'), '{"tags":["best"],"note":"worth a look"}')
    }
    return name
  })
  rmSync(log)
  return names
}

function logOf(points: number): string {
  const lines = Array.from({ length: points }, (_, i) => {
    const loss = 0.1 + 2 * Math.exp((-5 * i) / points) + 0.05 * Math.sin(i)
    const step = { kind: 'step', step: i + 1, learningRate: 1e-3, loss, accuracy: 1 - loss / 3 }
    const isEpoch = (i + 1) % Math.max(1, Math.floor(points / 20)) === 0
    const epoch = {
      ...step,
      kind: 'epoch',
      seconds: 2,
      val_loss: loss + 0.1,
      val_accuracy: 0.9 - loss / 3,
    }
    return isEpoch
      ? `${JSON.stringify(step)}\n${JSON.stringify(epoch)}\n`
      : `${JSON.stringify(step)}\n`
  })
  return lines.join('')
}

function configOf(i: number): string {
  const model = ['resnet18', 'mlp', 'mini-resnet'][i % 3]
  return `name: sweep\nmodel:\n  name: ${model}\noptimizer:\n  learningRate: ${0.001 * (1 + (i % 7))}\nseed: ${i}\n`
}

function summaryOf(i: number, steps: number): object {
  const accuracy = 0.9 + ((i * 37) % 100) / 1001
  return {
    ...{
      name: 'sweep',
      outcome: i % 17 === 5 ? 'failed' : 'finished',
      began: '2026-11-01T00:00:00.000Z',
    },
    ...{ seed: i, engine: 'onnxruntime', dataset: { name: 'cifar10', digest: 'sha256:0' } },
    ...{ parameters: 8_176_542, samples: 50_000, steps, seconds: 100 + i, samplesPerSecond: 8176 },
    ...{ training: { loss: 0.1 }, test: { loss: 1 - accuracy, accuracy } },
    environment: {
      ...{ node: '20.19.0', system: 'linux', cpu: 'cpu', cores: 8, memoryBytes: 2 ** 34 },
      packages: {},
    },
  }
}
