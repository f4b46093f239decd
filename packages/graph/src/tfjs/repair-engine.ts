import * as tf from '@tensorflow/tfjs'

type Engine = ReturnType<typeof tf.engine>
type SavingFunction = Parameters<Engine['customGrad']>[0]
type Save = (tensors: tf.Tensor[]) => void

/** What is private in tfjs's types. */
interface EngineParts {
  customGrad: Engine['customGrad']
  runKernel: Engine['runKernel']
  saveTensorsForBackwardMode(tensors: readonly (tf.Tensor | undefined)[]): tf.Tensor[]
}

/** Puts right how tfjs 4.22 goes back along its tape, where no kernel is to blame. */
export function repairEngine(): void {
  const engine = tf.engine() as unknown as EngineParts
  takeMissingInputs(engine)
  differentiateCustomGradients(engine)
  tf.losses.softmaxCrossEntropy = softmaxCrossEntropy
}

/**
 * An input that a kernel can do without, such as the scale of a batch norm, is handed on as undefined, kept as undefined for the way back, and looked for
 * on the way: each ends in an error. No kernel has such an input before one that it needs.
 */
function takeMissingInputs(engine: EngineParts): void {
  const runKernel = engine.runKernel.bind(engine)
  engine.runKernel = ((kernel: string, inputs: tf.NamedTensorMap, attrs?: tf.NamedAttrMap) =>
    runKernel(kernel, hasAll(inputs) ? inputs : present(inputs), attrs)) as Engine['runKernel']
  const save = engine.saveTensorsForBackwardMode.bind(engine)
  engine.saveTensorsForBackwardMode = (tensors) => save(tensors.filter((each) => each != null))
}

function hasAll(inputs: tf.NamedTensorMap): boolean {
  for (const name in inputs) if (inputs[name] == null) return false
  return true
}

function present(inputs: tf.NamedTensorMap): tf.NamedTensorMap {
  return Object.fromEntries(Object.entries(inputs).filter(([, input]) => input != null))
}

/**
 * A function with a gradient of its own, such as `tf.logSoftmax`, runs off the tape: what it saves came from nowhere, so that a derivative of its
 * derivative is wrong or missing. Where a derivative is taken of a derivative, it is computed once more on the tape.
 */
function differentiateCustomGradients(engine: EngineParts): void {
  const customGrad = engine.customGrad.bind(engine)
  engine.customGrad = ((f: SavingFunction) =>
    customGrad(((...given: unknown[]) => {
      const save = given.pop() as Save
      const inputs = given as tf.Tensor[]
      const { value, saved, gradFunc } = called(f, inputs)
      save([...saved, ...inputs])
      return {
        value,
        gradFunc(dy: tf.Tensor, kept: tf.Tensor[]) {
          if (tf.engine().state.gradientDepth === 0)
            return gradFunc(dy, kept.slice(0, saved.length))
          const again = called(f, kept.slice(saved.length))
          return again.gradFunc(dy, again.saved)
        },
      }
    }) as SavingFunction)) as Engine['customGrad']
}

interface Called {
  readonly value: tf.Tensor
  readonly saved: tf.Tensor[]
  gradFunc(dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor | tf.Tensor[]
}

function called(f: SavingFunction, inputs: readonly tf.Tensor[]): Called {
  let saved: tf.Tensor[] = []
  const save: Save = (tensors) => {
    saved = tensors
  }
  return { ...f(...inputs, save as never), saved } as Called
}

/** As in tfjs, whose derivative by the labels is that by the logits with the other sign. */
const softmaxCrossEntropy: typeof tf.losses.softmaxCrossEntropy = <
  T extends tf.Tensor,
  O extends tf.Tensor,
>(
  onehotLabels: T | tf.TensorLike,
  logits: T | tf.TensorLike,
  weights?: tf.Tensor | tf.TensorLike,
  labelSmoothing = 0,
  reduction = tf.Reduction.SUM_BY_NONZERO_WEIGHTS,
): O => {
  checkTensor(onehotLabels, 'onehotLabels')
  checkTensor(logits, 'logits')
  if (weights != null) checkTensor(weights, 'weights')
  const labels = tf.cast(onehotLabels, 'float32')
  const classes = labels.shape.at(-1)!
  const smoothed =
    labelSmoothing > 0
      ? tf.add(tf.mul(labels, 1 - labelSmoothing), labelSmoothing / classes)
      : labels
  const scores = tf.cast(logits, 'float32')
  tf.util.assertShapesMatch(labels.shape, scores.shape, 'Error in softmaxCrossEntropy: ')
  const losses = tf.neg(tf.sum(tf.mul(smoothed, tf.logSoftmax(scores, -1)), -1))
  return tf.losses.computeWeightedLoss(losses, weights, reduction) as O
}

/** In the words that tfjs has for it. */
function checkTensor(given: unknown, name: string): void {
  const isNumbers = Array.isArray(given) || ArrayBuffer.isView(given)
  if (given instanceof tf.Tensor || isNumbers || typeof given === 'number') return
  const type = given == null ? String(given) : given.constructor.name
  throw new Error(
    `Argument '${name}' passed to 'softmaxCrossEntropy' must be a Tensor or TensorLike, but got '${type}'`,
  )
}
