import * as tf from '@tensorflow/tfjs'
import { Value } from '../value/value.ts'
import { reversedRows } from './indexing.ts'
import { absent, type Call, type Operator, operator } from './operator.ts'

type Activation = (x: tf.Tensor) => tf.Tensor

/** Activations of gates, by the names of the standard in lower case; alpha and beta as the node or the standard has them. */
const ACTIVATIONS: Readonly<
  Record<string, (alpha: number | undefined, beta: number | undefined) => Activation>
> = {
  sigmoid: () => tf.sigmoid,
  tanh: () => tf.tanh,
  relu: () => tf.relu,
  softsign: () => (x) => tf.div(x, tf.add(tf.abs(x), 1)),
  softplus: () => tf.softplus,
  affine:
    (alpha = 1, beta = 0) =>
    (x) =>
      tf.add(tf.mul(x, alpha), beta),
  leakyrelu:
    (alpha = 0.01) =>
    (x) =>
      tf.leakyRelu(x, alpha),
  elu:
    (alpha = 1) =>
    (x) =>
      tf.add(tf.relu(x), tf.mul(tf.expm1(tf.minimum(x, 0)), alpha)),
  scaledtanh:
    (alpha = 1, beta = 1) =>
    (x) =>
      tf.mul(tf.tanh(tf.mul(x, beta)), alpha),
  hardsigmoid:
    (alpha = 0.2, beta = 0.5) =>
    (x) =>
      tf.clipByValue(tf.add(tf.mul(x, alpha), beta), 0, 1),
  thresholdedrelu:
    (alpha = 1) =>
    (x) =>
      tf.mul(x, tf.cast(tf.greater(x, alpha), 'float32')),
}

const attributes = {
  activations: absent.strings,
  activation_alpha: absent.numbers,
  activation_beta: absent.numbers,
  clip: absent.number,
  direction: 'forward',
  hidden_size: absent.number,
  layout: 0,
  output_sequence: absent.number,
}

interface Settings {
  readonly activations: readonly string[] | undefined
  readonly activation_alpha: readonly number[] | undefined
  readonly activation_beta: readonly number[] | undefined
  readonly clip: number | undefined
  readonly direction: string
  readonly layout: number
}

/** Weights and state of one direction. */
interface Direction {
  /** Projects `[T*B, inputs]`. */
  readonly w: tf.Tensor2D
  readonly r: tf.Tensor2D
  readonly bias: tf.Tensor | undefined
  readonly recurrentBias: tf.Tensor | undefined
  readonly peepholes: tf.Tensor | undefined
  readonly functions: readonly Activation[]
  readonly clip: (x: tf.Tensor) => tf.Tensor
}

/** One step: what the input makes of the gates, and the states; gives the next states, the output first. */
type Step = (
  projected: tf.Tensor,
  states: readonly tf.Tensor[],
  direction: Direction,
) => tf.Tensor[]

function refuses({
  attributes: given,
}: {
  readonly attributes: { readonly activations: readonly string[] | undefined }
}): string | undefined {
  const unknown = given.activations?.find((name) => ACTIVATIONS[name.toLowerCase()] === undefined)
  return unknown === undefined ? undefined : `activation ${unknown} is not known`
}

/** Runs a recurrent network of any kind. */
function recurrent(
  { input, inputs, attributes: given }: Call<Settings>,
  gates: number,
  usual: readonly string[],
  stateCount: number,
  step: Step,
): Value[] {
  const { direction, layout } = given
  const x = layout === 1 ? input(0).transposed([1, 0, 2]) : input(0)
  const [steps, batch, width] = x.shape as [number, number, number]
  const w = input(1)
  const directions = w.shape[0]!
  const hidden = w.shape[1]! / gates
  const lengths = inputs[4]
  const tensor = x.plain()
  const pick = (value: Value | undefined, at: number): tf.Tensor | undefined => {
    if (value === undefined) return undefined
    const plain = value.plain()
    const begin = [at, ...plain.shape.slice(1).map(() => 0)]
    return tf.reshape(tf.slice(plain, begin, [1, ...plain.shape.slice(1)]), plain.shape.slice(1))
  }
  const initial = (index: number, at: number): tf.Tensor => {
    const value = inputs[index]
    const turned = value && layout === 1 ? value.transposed([1, 0, 2]) : value
    return pick(turned, at) ?? tf.zeros([batch, hidden])
  }
  const results = Array.from({ length: directions }, (_, at) => {
    const isBackward = direction === 'reverse' || at === 1
    const names = given.activations ?? [...usual, ...usual]
    const functions = usual.map((_, index) => {
      const place = at * usual.length + index
      const name = (names[place] ?? usual[index]!).toLowerCase()
      return ACTIVATIONS[name]!(given.activation_alpha?.[place], given.activation_beta?.[place])
    })
    const bias = pick(inputs[3], at)
    const half = gates * hidden
    const { clip } = given
    const own: Direction = {
      w: pick(w, at) as tf.Tensor2D,
      r: pick(input(2), at) as tf.Tensor2D,
      bias: bias && tf.slice(bias, 0, half),
      recurrentBias: bias && tf.slice(bias, half, half),
      peepholes: pick(inputs[7], at),
      functions,
      clip: clip === undefined ? (y) => y : (y) => tf.clipByValue(y, -clip, clip),
    }
    const counts = lengths && tf.cast(lengths.plain(), 'int32')
    const turn = (sequence: tf.Tensor): tf.Tensor => {
      if (counts === undefined) return tf.reverse(sequence, 0)
      const perm = [1, 0, ...sequence.shape.slice(2).map((_, axis) => axis + 2)]
      return tf.transpose(reversedRows(tf.transpose(sequence, perm), counts, batch, steps), perm)
    }
    const sequence = isBackward ? turn(tensor) : tensor
    const rows = tf.matMul(
      tf.reshape(sequence, [steps * batch, width]) as tf.Tensor2D,
      own.w,
      false,
      true,
    )
    const projected = tf.reshape(own.bias ? tf.add(rows, own.bias) : rows, [steps, batch, half])
    let states = Array.from({ length: stateCount }, (_, index) => initial(5 + index, at))
    const outputs: tf.Tensor[] = []
    for (let t = 0; t < steps; t++) {
      const now = tf.reshape(tf.slice(projected, [t, 0, 0], [1, batch, half]), [batch, half])
      const next = step(now, states, own)
      if (counts === undefined) {
        states = next
        outputs.push(next[0]!)
        continue
      }
      const isWithin = tf.cast(tf.reshape(tf.greater(counts, t), [batch, 1]), 'float32')
      states = next.map((each, index) =>
        tf.add(tf.mul(each, isWithin), tf.mul(states[index]!, tf.sub(1, isWithin))),
      )
      outputs.push(tf.mul(next[0]!, isWithin))
    }
    const all = tf.stack(outputs)
    return { all: isBackward ? turn(all) : all, states }
  })
  const y = Value.of(
    x.type,
    tf.stack(
      results.map(({ all }) => all),
      1,
    ),
  )
  const ends = Array.from({ length: stateCount }, (_, index) =>
    Value.of(x.type, tf.stack(results.map(({ states }) => states[index]!))),
  )
  if (layout === 0) return [y, ...ends]
  return [y.transposed([2, 0, 1, 3]), ...ends.map((each) => each.transposed([1, 0, 2]))]
}

/** Columns of gates: `[batch, gates * hidden]` in parts. */
function parts(x: tf.Tensor, count: number): tf.Tensor[] {
  return tf.split(x, count, -1)
}

const times = (h: tf.Tensor, r: tf.Tensor) =>
  tf.matMul(h as tf.Tensor2D, r as tf.Tensor2D, false, true)

const plus = (x: tf.Tensor, bias: tf.Tensor | undefined) =>
  bias === undefined ? x : tf.add(x, bias)

const rnnStep: Step = (projected, [h], { r, recurrentBias, functions, clip }) => [
  functions[0]!(clip(plus(tf.add(projected, times(h!, r)), recurrentBias))),
]

const rnn: Operator = operator({
  op: 'RNN',
  attributes,
  refuses,
  run: (call) => recurrent(call, 1, ['Tanh'], 1, rnnStep),
})

const gru: Operator = operator({
  op: 'GRU',
  attributes: { ...attributes, linear_before_reset: 0 },
  refuses,
  run: (call) =>
    recurrent(call, 3, ['Sigmoid', 'Tanh'], 1, (projected, [h], direction) => {
      const { r, recurrentBias, functions, clip } = direction
      const [f, g] = functions as [Activation, Activation]
      const [xz, xr, xh] = parts(projected, 3) as [tf.Tensor, tf.Tensor, tf.Tensor]
      const [rz, rr, rh] = tf.split(r, 3, 0) as [tf.Tensor, tf.Tensor, tf.Tensor]
      const [bz, br, bh] = recurrentBias ? tf.split(recurrentBias, 3) : []
      const z = f(clip(plus(tf.add(xz, times(h!, rz)), bz)))
      const reset = f(clip(plus(tf.add(xr, times(h!, rr)), br)))
      const inner = call.attributes.linear_before_reset
        ? tf.mul(reset, plus(times(h!, rh), bh))
        : plus(times(tf.mul(reset, h!), rh), bh)
      const candidate = g(clip(tf.add(xh, inner)))
      return [tf.add(tf.mul(tf.sub(1, z), candidate), tf.mul(z, h!))]
    }),
})

const lstm: Operator = operator({
  op: 'LSTM',
  attributes: { ...attributes, input_forget: 0 },
  refuses,
  run: (call) =>
    recurrent(call, 4, ['Sigmoid', 'Tanh', 'Tanh'], 2, (projected, [h, c], direction) => {
      const { r, recurrentBias, functions, clip, peepholes } = direction
      const [f, g, k] = functions as [Activation, Activation, Activation]
      const all = plus(tf.add(projected, times(h!, r)), recurrentBias)
      const [ai, ao, af, ac] = parts(all, 4) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]
      const [pi, po, pf] = peepholes ? tf.split(peepholes, 3) : []
      const peep = (x: tf.Tensor, p: tf.Tensor | undefined, cell: tf.Tensor) =>
        clip(p === undefined ? x : tf.add(x, tf.mul(p, cell)))
      const i = f(peep(ai, pi, c!))
      const forget = call.attributes.input_forget ? tf.sub(1, i) : f(peep(af, pf, c!))
      const cell = tf.add(tf.mul(forget, c!), tf.mul(i, g(clip(ac))))
      const o = f(peep(ao, po, cell))
      return [tf.mul(o, k(cell)), cell]
    }),
})

/** Recurrent networks. */
export const recurrentOperators: readonly Operator[] = [rnn, gru, lstm]
