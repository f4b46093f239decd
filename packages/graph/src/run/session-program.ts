import * as ort from 'onnxruntime-node'
import { allocate, sizeOf, type TypedArray } from '../ir/index.ts'
import { runInPlace } from '../session/in-place-outputs.ts'
import { Feeds } from './feeds.ts'
import type { FinishedProgram, StateTensor, WrittenTensor } from './finished-program.ts'
import type { StateStore } from './state-store.ts'

/** A program in a session of onnxruntime, whose variables are in a store. */
export class SessionProgram {
  readonly #session: ort.InferenceSession
  readonly #inPlace: boolean
  readonly #state: StateStore | undefined
  readonly #feeds: Feeds
  readonly #read: readonly StateTensor[]
  readonly #written: readonly WrittenTensor[]
  /** Variables that are not written in place. */
  readonly #assigned: readonly string[]
  readonly #results: readonly ResultTensor[]

  constructor(
    program: FinishedProgram,
    session: ort.InferenceSession,
    state: StateStore | undefined,
  ) {
    this.#session = session
    this.#inPlace = program.inPlace
    this.#state = state
    this.#feeds = new Feeds(program.inputs)
    this.#read = program.read
    this.#written = program.written
    state?.takeOver(this.#variablesOn('current'))
    this.#assigned = this.#variablesOn('next')
    this.#results = program.results.map(({ name, inModel, dtype, shape }) => {
      const data = allocate(dtype, Number(sizeOf(shape))) as Float32Array
      return { name, inModel, tensor: new ort.Tensor(dtype as 'float32', data, shape) }
    })
  }

  async run(feeds: Readonly<Record<string, TypedArray>>): Promise<Record<string, TypedArray>> {
    await this.#compute(feeds)
    this.#state?.swap(this.#assigned)
    return Object.fromEntries(
      this.#results.map(({ name, tensor }) => [name, tensor.data as TypedArray]),
    )
  }

  async warm(feeds: Readonly<Record<string, TypedArray>>): Promise<void> {
    const compute = () => this.#compute(feeds)
    await (this.#state?.keeping(this.#variablesOn('current'), compute) ?? compute())
  }

  async #compute(feeds: Readonly<Record<string, TypedArray>>): Promise<void> {
    const inputs = this.#feeds.tensors(feeds)
    for (const { name, view, shape } of this.#read) {
      inputs[name] = this.#state!.tensor(view, shape, 'current')
    }
    const outputs: Record<string, ort.Tensor> = {}
    for (const { name, view, shape, side } of this.#written) {
      outputs[name] = this.#state!.tensor(view, shape, side)
    }
    for (const { inModel, tensor } of this.#results) outputs[inModel] = tensor
    if (this.#inPlace) await runInPlace(this.#session, inputs, outputs)
    else await this.#session.run(inputs, outputs)
  }

  /** Variables whose next values are written on a side, each once. */
  #variablesOn(side: WrittenTensor['side']): string[] {
    const written = this.#written.filter((each) => each.side === side)
    return [...new Set(written.flatMap(({ view }) => view.variables))]
  }

  async dispose(): Promise<void> {
    await this.#session.release()
  }
}

/** What the program returns under a name. */
interface ResultTensor {
  readonly name: string
  readonly inModel: string
  readonly tensor: ort.Tensor
}
