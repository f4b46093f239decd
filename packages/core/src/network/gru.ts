import * as tf from '@tensorflow/tfjs'
import { tfjsClass } from './tfjs-class.ts'

/** Arguments of a GRU or of one step of it. */
export type GruArgs = Parameters<typeof tf.layers.gru>[0] & {
  /** Whether the state is reset behind the recurrent kernel; then the bias is [2, 3 * units]. */
  readonly resetAfter?: boolean
}

/** What tfjs keeps to itself of a GRU's step. The tests check this against the pinned tfjs. */
interface CellInternals {
  readonly units: number
  useBias: boolean
  readonly activation: { apply(x: tf.Tensor): tf.Tensor }
  readonly recurrentActivation: { apply(x: tf.Tensor): tf.Tensor }
  readonly dropout: number
  readonly recurrentDropout: number
  readonly dropoutFunc?: (x: tf.Tensor, rate: number) => tf.Tensor
  dropoutMask: tf.Tensor[] | null
  recurrentDropoutMask: tf.Tensor[] | null
  readonly kernel: tf.LayerVariable
  readonly recurrentKernel: tf.LayerVariable
  bias: tf.LayerVariable | null
  readonly biasInitializer: unknown
  readonly biasRegularizer: unknown
  readonly biasConstraint: unknown
}

const PlainCell = tfjsClass<tf.layers.Layer & CellInternals>('GRUCell')
const PlainGru = tfjsClass<tf.RNN>('GRU')

/**
 * tfjs's step of a GRU, which may reset the state behind the recurrent kernel, as Keras does by default and tfjs cannot (`resetAfter`). Then the bias is
 * [2, 3 * units]: that of the inputs, and that of the state, which is reset too.
 */
class GRUCell extends PlainCell {
  static readonly className: string = 'GRUCell'
  readonly resetAfter: boolean

  constructor(args: GruArgs) {
    super({ ...args, resetAfter: false })
    this.resetAfter = args.resetAfter ?? false
  }

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    const { useBias } = this
    if (!this.resetAfter || !useBias) {
      super.build(inputShape)
      return
    }
    this.useBias = false
    try {
      super.build(inputShape)
    } finally {
      this.useBias = useBias
    }
    const { biasInitializer, biasRegularizer, biasConstraint } = this
    const shape = [2, 3 * this.units]
    this.bias = this.addWeight(
      'bias',
      shape,
      undefined,
      biasInitializer as never,
      biasRegularizer as never,
      true,
      biasConstraint as never,
    )
  }

  override call(inputs: tf.Tensor[], kwargs: { readonly training?: boolean }): tf.Tensor[] {
    if (!this.resetAfter) return super.call(inputs, kwargs) as tf.Tensor[]
    return tf.tidy(() => {
      const training = kwargs.training === true
      const [x, state] = inputs as [tf.Tensor2D, tf.Tensor2D]
      const [ofInputs, ofState] = this.#biases()
      const given = this.#dropped(x, 'dropoutMask', training && this.dropout)
      const before = this.#dropped(state, 'recurrentDropoutMask', training && this.recurrentDropout)
      const fromInputs = plus(tf.matMul(given, this.kernel.read() as tf.Tensor2D), ofInputs)
      const fromState = plus(tf.matMul(before, this.recurrentKernel.read() as tf.Tensor2D), ofState)
      const [xUpdate, xReset, xNew] = tf.split(fromInputs, 3, 1) as [
        tf.Tensor,
        tf.Tensor,
        tf.Tensor,
      ]
      const [hUpdate, hReset, hNew] = tf.split(fromState, 3, 1) as [tf.Tensor, tf.Tensor, tf.Tensor]
      const update = this.recurrentActivation.apply(tf.add(xUpdate, hUpdate))
      const reset = this.recurrentActivation.apply(tf.add(xReset, hReset))
      const candidate = this.activation.apply(tf.add(xNew, tf.mul(reset, hNew)))
      const next = tf.add(tf.mul(update, before), tf.mul(tf.sub(1, update), candidate))
      return [next, next]
    })
  }

  #biases(): [tf.Tensor, tf.Tensor] | [] {
    if (this.bias === null || !this.useBias) return []
    return tf.unstack(this.bias.read(), 0) as [tf.Tensor, tf.Tensor]
  }

  /** One mask for all steps: the layer forgets it before the next sequence. */
  #dropped(
    x: tf.Tensor2D,
    mask: 'dropoutMask' | 'recurrentDropoutMask',
    rate: number | false,
  ): tf.Tensor2D {
    if (rate === false || rate <= 0 || rate >= 1) return x
    const drop = this.dropoutFunc ?? tf.dropout
    this[mask] ??= [tf.keep(drop(tf.onesLike(x), rate).clone())]
    return tf.mul(x, this[mask][0]!)
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), resetAfter: this.resetAfter }
  }
}

/** tfjs's GRU over that step. */
class GRU extends PlainGru {
  static readonly className: string = 'GRU'

  constructor(args: GruArgs) {
    super({ ...args, resetAfter: false })
    const own = this as unknown as { cell: unknown }
    own.cell = new GRUCell(args)
  }
}

// Under tfjs's own names: they can all that tfjs's can, so that layers which make layers of configurations (Bidirectional) and files know them.
tf.serialization.registerClass(GRUCell as never)
tf.serialization.registerClass(GRU as never)

/** A gated recurrent unit (Cho et al. 2014): as tfjs's, with `resetAfter` as Keras has it. */
export function makeGru(args: GruArgs): tf.layers.Layer {
  return new GRU(args)
}

/** One step of it. */
export function makeGruCell(args: GruArgs): tf.layers.Layer {
  return new GRUCell(args)
}

function plus(x: tf.Tensor, bias: tf.Tensor | undefined): tf.Tensor {
  return bias === undefined ? x : tf.add(x, bias)
}
