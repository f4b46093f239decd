import * as tf from '@tensorflow/tfjs'

/** A kernel on tfjs's tape. */
export interface TapeNode {
  readonly kernelName: string
  readonly inputs: Readonly<Record<string, tf.Tensor | null | undefined>>
  readonly outputs: readonly tf.Tensor[]
  readonly saved: readonly tf.Tensor[]
  /** Derivatives by its inputs; left out where it has none. */
  gradient?(dys: (tf.Tensor | null)[]): Readonly<Record<string, () => tf.Tensor>>
}

/** What tfjs keeps to itself of its engine. The tests hold this against the pinned tfjs. */
interface Engine {
  readonly state: {
    activeTape: TapeNode[] | null
    gradientDepth: number
    kernelDepth: number
  }
  nextTensorId(): number
  addTapeNode(
    name: string,
    inputs: Readonly<Record<string, tf.Tensor>>,
    outputs: readonly tf.Tensor[],
    gradient: (dys: tf.Tensor | tf.Tensor[]) => Record<string, () => tf.Tensor>,
    saved: readonly tf.Tensor[],
    attrs: object,
  ): void
}

function engine(): Engine {
  return tf.engine() as unknown as Engine
}

/** Whether tfjs keeps what runs now for a derivative. */
export function isTapeOn(): boolean {
  const { gradientDepth, kernelDepth } = engine().state
  return gradientDepth > 0 && kernelDepth === 0
}

/** Whether what runs now is differentiated twice. */
export function isDifferentiatedTwice(): boolean {
  return engine().state.gradientDepth > 1
}

/** A number that is greater than those of all tensors that there are, and less than those of all to come. */
export function nextTensorId(): number {
  return engine().nextTensorId()
}

/** Puts something on the tape that is no kernel of tfjs. */
export function addToTape(
  name: string,
  inputs: readonly tf.Tensor[],
  outputs: readonly tf.Tensor[],
  gradient: (dys: readonly tf.Tensor[]) => Record<string, () => tf.Tensor>,
): void {
  const named = Object.fromEntries(inputs.map((each, index) => [index, each]))
  engine().addTapeNode(name, named, outputs, (dys) => gradient([dys].flat()), [], {})
}

/** Runs `fn` on a tape of its own. The tensors that its nodes save are the caller's to dispose of. */
export function traced<T>(fn: () => T): { readonly result: T; readonly nodes: TapeNode[] } {
  const { state } = engine()
  const { activeTape, gradientDepth, kernelDepth } = state
  const nodes: TapeNode[] = []
  Object.assign(state, { activeTape: nodes, gradientDepth: 1, kernelDepth: 0 })
  try {
    return { result: fn(), nodes }
  } finally {
    Object.assign(state, { activeTape, gradientDepth, kernelDepth })
  }
}

/** Runs `fn` as tfjs runs derivatives: nothing of it is kept for others. */
function untraced<T>(fn: () => T): T {
  const { state } = engine()
  const { activeTape, gradientDepth, kernelDepth } = state
  Object.assign(state, { activeTape: [], gradientDepth: 0, kernelDepth: 0 })
  try {
    return fn()
  } finally {
    Object.assign(state, { activeTape, gradientDepth, kernelDepth })
  }
}

/**
 * Derivatives back along a tape: of the sum over all elements of `ys` times `dys`, by each of `xs`; undefined where nothing leads there.
 */
export function pullBack(
  nodes: readonly TapeNode[],
  xs: readonly tf.Tensor[],
  ys: readonly tf.Tensor[],
  dys: readonly (tf.Tensor | undefined)[],
): (tf.Tensor | undefined)[] {
  const reached = new Set(xs.map(({ id }) => id))
  const onPath = nodes.filter(({ inputs, outputs }) => {
    const isReached = Object.values(inputs).some((input) => input != null && reached.has(input.id))
    if (isReached) for (const { id } of outputs) reached.add(id)
    return isReached
  })
  const sums = new Map<number, tf.Tensor>()
  const add = ({ id }: tf.Tensor, by: tf.Tensor) => {
    const before = sums.get(id)
    sums.set(id, before === undefined ? by : tf.add(before, by))
  }
  for (const [index, y] of ys.entries()) if (dys[index] !== undefined) add(y, dys[index])
  untraced(() => {
    for (const node of onPath.reverse()) {
      const own = node.outputs.map(({ id }) => sums.get(id) ?? null)
      if (own.every((each) => each === null)) continue
      if (node.gradient === undefined) {
        throw new Error(
          `Cannot compute gradient: gradient function not found for ${node.kernelName}.`,
        )
      }
      const derivatives = node.gradient(own)
      for (const [name, input] of Object.entries(node.inputs)) {
        if (input == null || input.dtype !== 'float32' || !reached.has(input.id)) continue
        const derivative = derivatives[name]
        if (derivative === undefined) {
          throw new Error(`Cannot backprop through input ${name} of ${node.kernelName}.`)
        }
        add(input, derivative())
      }
    }
  })
  return xs.map(({ id }) => sums.get(id))
}
