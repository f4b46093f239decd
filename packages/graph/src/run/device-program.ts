import type * as ort from 'onnxruntime-node'
import type { TypedArray } from '../ir/index.ts'
import type { DeviceMemory } from '../session/device-memory.ts'
import { Feeds } from './feeds.ts'
import type { FinishedProgram } from './finished-program.ts'
import type { StateStore } from './state-store.ts'

/**
 * A program whose variables stay in a device's memory from run to run: what it writes is what the next run reads. Each is one tensor there.
 */
export class DeviceProgram {
  readonly #program: FinishedProgram
  readonly #session: ort.InferenceSession
  readonly #state: StateStore
  readonly #memory: DeviceMemory
  readonly #feeds: Feeds

  constructor(
    program: FinishedProgram,
    session: ort.InferenceSession,
    { state, memory }: { readonly state: StateStore; readonly memory: DeviceMemory },
  ) {
    this.#program = program
    this.#session = session
    this.#state = state
    this.#memory = memory
    this.#feeds = new Feeds(program.inputs)
  }

  async run(feeds: Readonly<Record<string, TypedArray>>): Promise<Record<string, TypedArray>> {
    const outputs = await this.#compute(feeds)
    for (const { name, view } of this.#program.written) {
      this.#state.putOnDevice(view.variables[0]!, outputs[name]!, this.#memory)
    }
    return Object.fromEntries(
      this.#program.results.map(({ name, inModel }) => [
        name,
        outputs[inModel]!.data as TypedArray,
      ]),
    )
  }

  async warm(feeds: Readonly<Record<string, TypedArray>>): Promise<void> {
    const outputs = await this.#compute(feeds)
    for (const { name } of this.#program.written) outputs[name]!.dispose()
  }

  #compute(feeds: Readonly<Record<string, TypedArray>>): Promise<Record<string, ort.Tensor>> {
    const inputs = this.#feeds.tensors(feeds)
    for (const { name, view, shape } of this.#program.read) {
      inputs[name] = this.#state.onDevice(view.variables[0]!, shape, this.#memory)
    }
    return this.#session.run(inputs) as Promise<Record<string, ort.Tensor>>
  }

  async dispose(): Promise<void> {
    // What a session has written lies in memory of its own.
    for (const { view } of this.#program.written) this.#state.leaveDevice(view.variables[0]!)
    await this.#session.release()
  }
}

/** Outputs of a program that stay on the device. */
export function keptOnDevice({ written }: FinishedProgram): string[] {
  return written.map(({ name }) => name)
}
