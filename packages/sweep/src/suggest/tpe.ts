import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { createInterface, type Interface } from 'node:readline'
import { ConfigError, EngineError } from '@ashlar/errors'
import type { Data } from '@ashlar/plugins'
import { definePlugin, type Plugin } from '@ashlar/plugins'
import { z } from 'zod'
import { type Parameter, type Point, sizeOf, valueAt } from '../space/parameter.ts'
import type { Observation, Search, Suggester, Suggestions } from './suggester.ts'
import { TPE_SCRIPT } from './tpe-script.ts'

/** Options of {@link tpeSuggester}. */
export interface TpeOptions {
  /** Points drawn at random before it learns; 10 by default. */
  readonly startup?: number | undefined
  /** Whether parameters are looked at together; true by default. */
  readonly multivariate?: boolean | undefined
  /** The Python that has Optuna; `ASHLAR_PYTHON`, or python3, by default. */
  readonly python?: string | undefined
}

/** What is kept of what Python says. */
const KEPT = 2000

/** Worse than anything that is measured, for Optuna: it takes no infinities. */
const WORST = 1e30

/**
 * The tree-structured Parzen estimator of Optuna, in a process of Python.
 *
 * @throws ConfigError where there is no Python, or it has no Optuna.
 */
export function tpeSuggester(options: TpeOptions = {}): Suggester {
  const { startup = 10, multivariate = true } = options
  return {
    name: 'tpe',
    learns: true,
    async begin(search) {
      const python = options.python ?? process.env.ASHLAR_PYTHON ?? 'python3'
      const study = new Study(python, search, { startup, multivariate })
      await study.probe()
      return study
    },
  }
}

class Study implements Suggestions {
  readonly #search: Search
  readonly #settings: object
  readonly #python: string
  readonly #child: ChildProcessWithoutNullStreams
  readonly #lines: Interface
  readonly #ended: Promise<void>
  #printed = ''

  constructor(python: string, search: Search, settings: object) {
    this.#python = python
    this.#search = search
    this.#settings = settings
    this.#child = spawn(python, ['-c', TPE_SCRIPT], { stdio: 'pipe' })
    this.#lines = createInterface({ input: this.#child.stdout })
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#printed = (this.#printed + text).slice(-KEPT)
    })
    // What is written to a process that is gone is answered by its end.
    this.#child.stdin.on('error', () => undefined)
    this.#ended = new Promise((resolve) => {
      this.#child.on('error', (error) => {
        this.#printed += error.message
        resolve()
      })
      this.#child.on('close', () => resolve())
    })
  }

  /** Whether there is an Optuna at all. */
  async probe(): Promise<void> {
    try {
      await this.suggest(0, [])
    } catch (error) {
      await this.end()
      throw new ConfigError({
        where: 'suggester tpe',
        expected: `needs Python with Optuna; ${this.#python} has none`,
        hint: `${lastLine(this.#printed)}\n  Install it, pip install optuna, and name that Python: ASHLAR_PYTHON=/path/to/python. Or take --suggester sobol.`,
        cause: error,
      })
    }
  }

  async suggest(index: number, observed: readonly Observation[]): Promise<Point> {
    const { space, seed } = this.#search
    const asked = {
      parameters: space.parameters.map(describe),
      // Each question has a stream of random numbers of its own.
      seed: (seed * 1_000_003 + index) % 2 ** 31,
      ...this.#settings,
      observed: observed.map(({ point, score }) => ({
        params: Object.fromEntries(
          space.parameters.map((each) => [each.key, toOptuna(each, point[each.key]!)]),
        ),
        score: score === undefined ? null : Math.max(-WORST, Math.min(WORST, score)),
      })),
    }
    const answered = new Promise<string>((resolve) => this.#lines.once('line', resolve))
    this.#child.stdin.write(`${JSON.stringify(asked)}\n`)
    const line = await Promise.race([answered, this.#ended])
    if (line === undefined) {
      throw new EngineError({
        where: 'suggester tpe',
        expected: 'Python must answer',
        hint: lastLine(this.#printed),
      })
    }
    const { params } = JSON.parse(line) as { params: Readonly<Record<string, number>> }
    const values = space.parameters.map((each) => [each.key, fromOptuna(each, params[each.key]!)])
    return Object.fromEntries(values) as Point
  }

  async end(): Promise<void> {
    this.#child.stdin.end()
    this.#child.kill()
    await this.#ended
  }
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? ''
}

function describe(parameter: Parameter): object {
  if (parameter.kind === 'choices') return { ...parameter, count: parameter.values.length }
  const { step } = parameter
  return { ...parameter, ...(step !== undefined && { steps: sizeOf(parameter) - 1 }) }
}

function toOptuna(parameter: Parameter, value: Data): number {
  if (parameter.kind === 'choices') {
    const json = JSON.stringify(value)
    return parameter.values.findIndex((each) => JSON.stringify(each) === json)
  }
  const { step, low } = parameter
  return step === undefined ? Number(value) : Math.round((Number(value) - low) / step)
}

function fromOptuna(parameter: Parameter, value: number): Data {
  if (parameter.kind === 'choices') return parameter.values[value]!
  const { step, low, high, whole } = parameter
  if (step !== undefined) return valueAt(parameter, (value + 0.5) / sizeOf(parameter))
  return whole ? value : Math.min(high, Math.max(low, Number(value.toPrecision(6))))
}

/** `tpe` as a plugin. */
export const tpePlugin: Plugin<'suggester'> = definePlugin({
  kind: 'suggester',
  name: 'tpe',
  aliases: ['optuna'],
  description:
    'Learns from earlier trials: the tree-structured Parzen estimator of Optuna, in Python.',
  options: z.strictObject({
    startup: z.int().nonnegative().default(10).describe('Points drawn at random before it learns.'),
    multivariate: z.boolean().default(true).describe('Look at parameters together.'),
  }),
  create: (options) => tpeSuggester(options),
})
