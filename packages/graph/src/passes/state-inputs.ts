import { createValue, type GraphInput, type StateView, type Value } from '../ir/index.ts'

/** What state updates read. */
export interface StateReads {
  /** State inputs of the graph as it was, by their values. */
  readonly inputs: ReadonlyMap<Value, GraphInput>
  /** Those that take their place. */
  readonly states: StateInputs
}

/** Stretches of state that updates read: one input for each, however many updates read it, so that all its readers are found. */
export class StateInputs {
  readonly #known = new Map<string, GraphInput>()

  /** @param name of the stretch, for this shape alone. */
  read(name: string, view: StateView, shape: readonly number[]): Value {
    let input = this.#known.get(name)
    if (input === undefined) {
      input = { name, value: createValue(shape, 'float32', { name }), state: true, view }
      this.#known.set(name, input)
    }
    return input.value
  }

  get all(): readonly GraphInput[] {
    return [...this.#known.values()]
  }
}
