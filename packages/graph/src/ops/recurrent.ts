import { type Shape, uniformValue, type Value } from '../ir/index.ts'
import type { LowerContext } from '../lower/context.ts'
import { defineKernel, type KernelDeclaration, type TensorSpec } from './declaration.ts'

/** Names of activations as tfjs's recurrent layers have them. */
export type RecurrentActivation = keyof typeof ACTIVATIONS

/** The same in ONNX, with the numbers that it takes. Not Softplus: onnxruntime's overflows. */
const ACTIVATIONS = {
  tanh: { name: 'Tanh' },
  sigmoid: { name: 'Sigmoid' },
  hardSigmoid: { name: 'HardSigmoid', alpha: 0.2, beta: 0.5 },
  relu: { name: 'Relu' },
  linear: { name: 'Affine', alpha: 1, beta: 0 },
  elu: { name: 'Elu', alpha: 1 },
  softsign: { name: 'Softsign' },
} as const

/** Whether ONNX's recurrent ops have an activation. */
export function isRecurrentActivation(name: string): name is RecurrentActivation {
  return name in ACTIVATIONS
}

interface RecurrentAttrs {
  readonly activation: RecurrentActivation
  /** Of the gates; left out where there are none. */
  readonly recurrentActivation?: RecurrentActivation
  /** From the last step to the first. Each step's output still stands where its input does. */
  readonly goBackwards: boolean
  /** Of a GRU: whether the state is reset behind the recurrent kernel and its bias, not before. */
  readonly resetAfter?: boolean
}

/** A layer that goes over a sequence, and what it is in ONNX. */
interface RecurrentKind {
  readonly kernel: string
  readonly op: string
  /** Names of its states. */
  readonly states: readonly string[]
  /** Where each gate of ONNX stands among those of tfjs. */
  readonly gates: readonly number[]
  /** What ONNX applies, in its order. */
  activations(attrs: RecurrentAttrs): readonly (RecurrentActivation | undefined)[]
}

const KINDS: readonly RecurrentKind[] = [
  {
    kernel: 'LSTM',
    op: 'LSTM',
    states: ['h', 'c'],
    // tfjs: input, forget, cell, output. ONNX: input, output, forget, cell.
    gates: [0, 3, 1, 2],
    activations: ({ activation, recurrentActivation }) => [
      recurrentActivation,
      activation,
      activation,
    ],
  },
  {
    kernel: 'GRU',
    op: 'GRU',
    states: ['h'],
    gates: [0, 1, 2],
    activations: ({ activation, recurrentActivation }) => [recurrentActivation, activation],
  },
  {
    kernel: 'SimpleRNN',
    op: 'RNN',
    states: ['h'],
    gates: [0],
    activations: ({ activation }) => [activation],
  },
]

/**
 * Whole sequences in one kernel, where tfjs takes one step after the other: x [batch, time, features], kernel, recurrentKernel and bias as tfjs's cells
 * have them (with `resetAfter` [2, gates * units]: of the inputs, and of the state), the states [batch, units]. Outputs: [batch, time, units], then the last states.
 */
export const recurrentKernels: readonly KernelDeclaration[] = KINDS.map((kind) =>
  defineKernel<RecurrentAttrs>({
    kernel: kind.kernel,
    isOwn: true,
    infer: ({ inputs }) => {
      const { x, recurrentKernel } = inputs as Record<'x' | 'recurrentKernel', TensorSpec>
      const [batch, time] = x.shape as [number, number]
      const [units] = recurrentKernel.shape as [number]
      const state: TensorSpec = { shape: [batch, units], dtype: x.dtype }
      return [{ shape: [batch, time, units], dtype: x.dtype }, ...kind.states.map(() => state)]
    },
    lower: (context) => lowerRecurrent(context, kind),
    examples: [],
    unchecked: "Ashlar's own kernel; test/ops/recurrent.test.ts compares it with tfjs's layers.",
  }),
)

function lowerRecurrent(context: LowerContext<RecurrentAttrs>, kind: RecurrentKind): Value[] {
  const { builder, attrs, input, has, logical, node } = context
  const x = input('x')
  const { dtype } = x
  const [batch, time] = x.shape as Shape
  const units = Number(input('recurrentKernel').shape[0])
  const rows = kind.gates.length * units
  const order = kind.gates.flatMap((gate) =>
    Array.from({ length: units }, (_, at) => gate * units + at),
  )
  const inOrder = (value: Value) =>
    order.every((from, at) => from === at) ? value : builder.gather(value, builder.ints(order), 0)
  const matrix = (name: string) => {
    const turned = inOrder(builder.transpose(input(name), [1, 0]))
    return builder.reshape(turned, [1, ...turned.shape])
  }
  // ONNX adds a bias to what comes of the inputs, and one to what comes of the state.
  const both = (value: Value) =>
    value.shape.length === 2 ? value : builder.concat([inOrder(value), builder.full(0, [rows])], 0)
  const bias = has('bias') ? builder.reshape(both(input('bias')), [1, 2 * rows]) : undefined
  const states = kind.states.map((name) =>
    uniformValue(logical(name)) === 0
      ? undefined
      : builder.reshape(input(name), [1, batch!, units]),
  )
  const state = { shape: [1, batch!, units], dtype }
  const inputs = [
    builder.transpose(x, [1, 0, 2]),
    matrix('kernel'),
    matrix('recurrentKernel'),
    bias,
    undefined,
    ...states,
  ]
  const [sequence, ...last] = builder.nodes(
    kind.op,
    inputs.slice(0, inputs.findLastIndex((each) => each !== undefined) + 1),
    {
      hidden_size: units,
      direction: attrs.goBackwards ? 'reverse' : 'forward',
      ...(attrs.resetAfter && { linear_before_reset: 1 }),
      ...activationAttrs(kind.activations(attrs)),
    },
    [{ shape: [time!, 1, batch!, units], dtype }, ...kind.states.map(() => state)],
  )
  return [
    builder.reshape(builder.transpose(sequence!, [2, 0, 1, 3]), node.outputs[0]!.shape),
    ...last.map((each) => builder.reshape(each, [batch!, units])),
  ]
}

function activationAttrs(names: readonly (RecurrentActivation | undefined)[]) {
  const used = names.map(
    (name): { name: string; alpha?: number; beta?: number } => ACTIVATIONS[name!],
  )
  const alphas = used.flatMap(({ alpha }) => alpha ?? [])
  const betas = used.flatMap(({ beta }) => beta ?? [])
  return {
    activations: used.map(({ name }) => name),
    ...(alphas.length > 0 && { activation_alpha: alphas }),
    ...(betas.length > 0 && { activation_beta: betas }),
  }
}
