import type { NamedData } from '../tensors.ts'
import type { FedBatch } from './feeds.ts'
import { OutputJudge, type OutputJudgement } from './output-judge.ts'

/** How a reduced file does beside the float file. Shares are of 1. */
export interface Judgement extends OutputJudgement {
  readonly samples: number
  /** Of a file with several outputs of floats, how each does. What is lost is what the worst of them loses, and so is the noise. */
  readonly outputs?: Readonly<Record<string, OutputJudgement>>
}

/** Holds the outputs of a reduced file against those of the float file, run by run: of no run more is kept than sums. */
export class Judge {
  #samples = 0
  readonly #outputs = new Map<string, OutputJudge>()

  /** Takes in what both files gave for a run. */
  add({ labels = [], feeds }: FedBatch, float: NamedData, reduced: NamedData): void {
    this.#samples += Object.values(feeds)[0]?.shape[0] ?? 1
    const outputs = Object.entries(float)
    const isOnly = outputs.filter(([, { dtype }]) => dtype === 'float32').length === 1
    for (const [name, tensor] of outputs) {
      const isFloat = tensor.dtype === 'float32'
      // Labels without a name are those of the only output.
      const isOwn = (label: string | undefined) => label === name || (isOnly && label === undefined)
      let judge = this.#outputs.get(name)
      if (judge === undefined) {
        judge = new OutputJudge({ isFloat, isOnly })
        this.#outputs.set(name, judge)
      }
      judge.add(
        tensor,
        reduced[name]!,
        labels.find((each) => isFloat && isOwn(each.name)),
      )
    }
  }

  /** What is known of all runs. */
  done(): Judgement {
    const samples = this.#samples
    const all = [...this.#outputs].map(([name, judge]) => ({ name, judge, own: judge.done() }))
    const floats = all.filter(({ judge }) => judge.isFloat)
    const judged = floats.length > 0 ? floats : all
    const noise = all.reduce((most, { own }) => worse(most, own.noise), 0)
    const drop = judged.reduce((most, { own }) => worse(most, own.drop), 0)
    const [only] = judged
    if (only !== undefined && judged.length === 1) return { samples, ...only.own, noise, drop }
    const outputs = Object.fromEntries(judged.map(({ name, own }) => [name, own]))
    return { samples, noise, drop, outputs }
  }
}

/** The larger one; what is no number is the largest. */
function worse(one: number, other: number): number {
  return Number.isNaN(one) || one > other ? one : other
}
