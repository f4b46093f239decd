import { ConfigError } from '@ashlar/errors'
import { defineKind, type Kind } from '@ashlar/plugins'
import * as tf from '@tensorflow/tfjs'
import type { Samples } from '../data/samples.ts'
import { joinCalls } from '../network/calls.ts'
import { isContainer, type Sublayer, sublayers } from '../network/children.ts'
import { type CallArgs, internals } from '../network/layer.ts'
import type { ExportDetails, ModelWriter } from '../network/model-writer.ts'
import { disposeStates, resetStates } from '../network/recurrent-state.ts'
import {
  areNamedInputs,
  areNamedTensors,
  type BuiltFrom,
  type InputField,
  isShapeList,
  listOf,
  type NamedTensors,
  recordShapes,
  type Shape,
  type Tensors,
} from '../network/shapes.ts'
import { checkInputNames, type Signature } from '../network/signature.ts'
import { type Summary, summarize } from '../network/summary.ts'
import { findWeights, type NamedWeight } from '../network/weights.ts'
import { type Compiled, type CompileOptions, compileTraining } from '../training/compile.ts'
import { hasOwnStep, INSTEAD } from '../training/custom-step.ts'
import { type EvaluateOptions, evaluate } from '../training/evaluate.ts'
import { type FitOptions, fit } from '../training/fit.ts'
import type { History, Metrics } from '../training/history.ts'
import { type Predictions, type PredictOptions, predict } from '../training/predict.ts'
import type { Trainable } from '../training/trainable.ts'
import { loadWeights } from '../weights/load.ts'
import { saveWeights } from '../weights/save.ts'
import { withFieldsWatched } from './field-access.ts'
import { fieldsOfTensors, freeBatch, isSymbolic, unnamed } from './named-inputs.ts'
import { readArguments } from './read-arguments.ts'

/** Arguments of a model's constructor. */
export interface ModelArgs {
  /** Default: made of the class name. */
  readonly name?: string | undefined
  /** Governs the initial weights; 0 by default. A model inside another takes that one's. */
  readonly seed?: number | undefined
}

/**
 * A network, or a part of one: assign layers to fields and say in `call` what they do.
 *
 * Sublayers are found in the fields, also in arrays, plain objects and other models. `training` reaches them without being
 * passed on. A model is itself a layer and can stand wherever one can.
 *
 * @example
 * class Classifier extends Model {
 *   hidden = layers.dense({ units: 32, activation: 'relu' })
 *   head = layers.dense({ units: 10, activation: 'softmax' })
 *   override call(x: Tensor) {
 *     return this.head.apply(this.hidden.apply(x))
 *   }
 * }
 */
export abstract class Model extends tf.layers.Layer implements Trainable {
  /** Governs the initial weights. Has no effect on weights that exist. */
  seed: number
  #applying = false
  #inputShape: Shape | readonly Shape[] | undefined
  /** Inputs by name, for a model that takes them so. */
  #fields: Readonly<Record<string, InputField>> | undefined
  /** Whether `call` has been seen to read all of them. */
  #fieldsRead = false
  /** Names of what `call` gave last, where it gave them by name. */
  #outputNames: readonly string[] | undefined
  #compiled: Compiled | undefined

  constructor(args: ModelArgs = {}) {
    super(args.name === undefined ? {} : { name: args.name })
    this.seed = args.seed ?? 0
    // tfjs knows lists alone: names go off on the way in, and on the way out.
    const own: PropertyDescriptor = {
      value: (inputs: Tensors, kwargs: CallArgs) => this.#callListed(inputs, kwargs),
      configurable: true,
      enumerable: false,
      writable: true,
    }
    Object.defineProperty(this, 'call', own)
    joinCalls(this, () => this)
  }

  #callListed(given: Tensors, kwargs: CallArgs): tf.Tensor | tf.Tensor[] {
    // Looked up at each call: exports give some classes another meanwhile.
    const { call } = Object.getPrototypeOf(this) as Pick<Model, 'call'>
    const instead = (kwargs as { [INSTEAD]?: () => tf.Tensor } | undefined)?.[INSTEAD]
    if (instead !== undefined) return instead()
    const run = (inputs: Tensors): Tensors => call.call(this, inputs, kwargs) as Tensors
    const result =
      this.#fields === undefined ? run(given) : this.#onFields(this.#fields, given, run)
    if (!areNamedTensors(result)) {
      this.#outputNames = undefined
      return result
    }
    this.#outputNames = Object.keys(result)
    const list = listOf(result)
    if (list.length > 0 && list.every((each) => each instanceof tf.Tensor)) return list
    throw new ConfigError({
      where: `${this.getClassName()}.call`,
      expected: 'must return a tensor, a list of tensors, or tensors by name: { class, box }',
      given: result,
    })
  }

  #onFields(
    fields: Readonly<Record<string, InputField>>,
    given: Tensors,
    run: (inputs: Tensors) => Tensors,
  ): Tensors {
    const tensors = listOf(given)
    const named = Object.fromEntries(Object.keys(fields).map((name, at) => [name, tensors[at]!]))
    if (this.#fieldsRead) return run(named)
    const result = withFieldsWatched(this.getClassName(), named, run)
    this.#fieldsRead = true
    return result
  }

  /** The name of the class: what tfjs takes from a static field, a subclass need not declare. */
  override getClassName(): string {
    return this.constructor.name
  }

  /**
   * The forward computation: tfjs operations and `apply` of sublayers.
   *
   * @param inputs `[batch, ...]`; several as a list, or by name: `call({ image, table })`.
   * @param kwargs `training` and whatever the caller of `apply` gave.
   * @returns a tensor, a list of tensors, or tensors by name: `{ class, box }`.
   */
  // biome-ignore lint/suspicious/noExplicitAny: tfjs's own declaration has no room for names; what a subclass declares is checked.
  abstract override call(inputs: Tensors, kwargs: CallArgs): any

  /** Runs the model on tensors, building it on first use; see `Applicable`. */
  override apply<T extends tf.Tensor | tf.Tensor[] = tf.Tensor>(
    inputs: tf.Tensor | tf.Tensor[],
    kwargs?: CallArgs,
  ): T
  override apply<T extends tf.SymbolicTensor | tf.SymbolicTensor[] = tf.SymbolicTensor>(
    inputs: tf.SymbolicTensor | tf.SymbolicTensor[],
    kwargs?: CallArgs,
  ): T
  /** Tensors by name. */
  override apply<T extends Tensors = tf.Tensor>(inputs: Tensors, kwargs?: CallArgs): T
  override apply(
    inputs: Parameters<tf.layers.Layer['apply']>[0] | NamedTensors,
    kwargs: CallArgs = {},
  ): unknown {
    const outer = this.#applying
    this.#applying = true
    try {
      const given = areNamedTensors(inputs) && !isSymbolic(inputs) ? this.#inOrder(inputs) : inputs
      const result = super.apply(given as tf.Tensor | tf.Tensor[], { ...kwargs })
      const names = this.#outputNames
      const list = [result].flat() as tf.Tensor[]
      if (names === undefined || !list.every((each) => each instanceof tf.Tensor)) return result
      return Object.fromEntries(names.map((name, at) => [name, list[at]!]))
    } finally {
      this.#applying = outer
    }
  }

  /** Tensors by name as the list that tfjs takes; of a model that is not built yet, their names become those of its inputs. */
  #inOrder(inputs: NamedTensors): tf.Tensor[] {
    const known = this.signature()?.inputs.map(({ name }) => name)
    if (!this.built && known === undefined) {
      this.#fields = fieldsOfTensors(inputs)
      return listOf(inputs)
    }
    const names = known ?? []
    checkInputNames(this.getClassName(), names, Object.keys(inputs))
    return names.map((name) => inputs[name]!)
  }

  /**
   * Creates all weights. Runs `call` for its shapes only: nothing is computed. Using the model does the same.
   *
   * @param inputShape `[null, height, width, channels]`; `null` stands for the batch. Several inputs as a list, or by name: `{ image: { shape } }`,
   *   where one whose first size is a number has no batch.
   */
  override build(inputShape: BuiltFrom): void {
    if (this.built) return
    if (areNamedInputs(inputShape)) {
      this.#buildNamed(inputShape)
      return
    }
    this.#inputShape = isShapeList(inputShape) ? inputShape.map(freeBatch) : freeBatch(inputShape)
    this.built = true
    // Within `apply`, the call that follows builds the sublayers.
    if (this.#applying) return
    try {
      this.computeOutputShape(inputShape)
    } catch (error) {
      this.built = false
      throw error
    }
    // tfjs counts uses to know what it may dispose of.
    internals(this)._refCount ??= 1
  }

  #buildNamed(inputs: Readonly<Record<string, InputField>>): void {
    const known = this.signature()?.inputs.map(({ name }) => name)
    const names = Object.keys(inputs)
    if (known === undefined) this.#fields = inputs
    else checkInputNames(this.getClassName(), known, names)
    try {
      this.build((known ?? names).map((name) => inputs[name]!.shape))
    } catch (error) {
      this.#fields = undefined
      throw error
    }
  }

  /** The input shape that the model was built with, its batch free; undefined before. */
  get inputShape(): Shape | readonly Shape[] | undefined {
    return this.#inputShape
  }

  /** The output shape for an input shape, those of several outputs in order. Builds the model if need be. */
  override computeOutputShape(inputShape: BuiltFrom): tf.Shape | tf.Shape[] {
    if (areNamedInputs(inputShape)) {
      if (!this.built) this.build(inputShape)
      const names = this.signature()?.inputs.map(({ name }) => name) ?? Object.keys(inputShape)
      return this.computeOutputShape(names.map((name) => inputShape[name]!.shape))
    }
    const inputs = isShapeList(inputShape) ? inputShape : [inputShape]
    const dtypes = this.signature()?.inputs.map(({ dtype }) => dtype)
    const { outputs } = recordShapes(
      (tensors) => this.apply<Tensors>(tensors.length === 1 ? tensors[0]! : tensors),
      inputs,
      dtypes,
    )
    return outputs.length === 1 ? outputs[0]! : outputs
  }

  /** What its inputs and outputs are called, where somebody chose that: by names in `call`, for one; undefined for a model that does not say. */
  signature(): Signature | undefined {
    const fields = this.#fields
    const outputs = this.#outputNames
    if (fields === undefined && outputs === undefined) return undefined
    const built = this.#inputShape
    const inputs =
      fields === undefined
        ? unnamed(built)
        : Object.entries(fields).map(([name, { shape, dtype = 'float32' }]) => ({
            ...{ name, shape, dtype },
          }))
    return { inputs, outputs: outputs ?? ['output'] }
  }

  /** Every layer inside, depth first in the order of assignment, each once. */
  sublayers(): Sublayer[] {
    return sublayers(this)
  }

  /** Every weight under its readable name, in a stable order, and every `tf.variable` in fields; no weights before the model is built. */
  namedWeights(): NamedWeight[] {
    return findWeights(this)
  }

  override get trainableWeights(): tf.LayerVariable[] {
    return findWeights(this).flatMap(({ trainable, holder }) => (trainable && holder) || [])
  }

  override get nonTrainableWeights(): tf.LayerVariable[] {
    return findWeights(this).flatMap(({ trainable, holder }) => (!trainable && holder) || [])
  }

  override get weights(): tf.LayerVariable[] {
    return findWeights(this).flatMap(({ holder }) => holder ?? [])
  }

  override get trainable(): boolean {
    return super.trainable
  }

  /** Freezes or thaws the model with all layers inside. */
  override set trainable(trainable: boolean) {
    super.trainable = trainable
    for (const { layer } of sublayers(this)) layer.trainable = trainable
  }

  /** Whether a layer inside keeps states from batch to batch. */
  override get stateful(): boolean {
    return sublayers(this).some(({ layer }) => !(layer instanceof Model) && layer.stateful)
  }

  /** Sets the states of all stateful layers inside to zero. Nothing else does: not the end of an epoch, nor of `fit`. */
  override resetStates(): void {
    resetStates(this)
  }

  /** The penalties of all regularizers inside. */
  override get losses(): tf.layers.Layer['losses'] {
    return [...super.losses, ...sublayers(this).flatMap(({ layer }) => ownLosses(layer))]
  }

  /**
   * Says how to train: by objects, or by names with default options.
   *
   * @throws ConfigError for a name that nobody knows.
   * @example resnet.compile({ optimizer: 'adam', loss: 'sparse-categorical-crossentropy', metrics: ['accuracy'] })
   */
  compile(options: CompileOptions): void {
    this.#compiled = compileTraining(options, hasOwnStep(this))
  }

  /**
   * Trains.
   *
   * @param data samples of a dataset, or a tensor of inputs followed by one of labels.
   * @throws TrainingError when the loss is not a number any more.
   * @example const history = await resnet.fit(train, { epochs: 1, batchSize: 64, validationData: test })
   */
  fit(data: Samples, options?: FitOptions): Promise<History>
  fit(inputs: tf.Tensor, labels: tf.Tensor, options?: FitOptions): Promise<History>
  async fit(
    data: Samples | tf.Tensor,
    labelsOrOptions?: tf.Tensor | FitOptions,
    options?: FitOptions,
  ): Promise<History> {
    const compiled = this.compiled('fit')
    const [samples, chosen] = await readArguments('fit', data, labelsOrOptions, options)
    return fit(this, compiled, samples, chosen)
  }

  /**
   * Loss and metrics over all samples, none dropped and none counted twice.
   *
   * @example const { loss, accuracy } = await resnet.evaluate(test)
   */
  evaluate(data: Samples, options?: EvaluateOptions): Promise<Metrics>
  evaluate(inputs: tf.Tensor, labels: tf.Tensor, options?: EvaluateOptions): Promise<Metrics>
  async evaluate(
    data: Samples | tf.Tensor,
    labelsOrOptions?: tf.Tensor | EvaluateOptions,
    options?: EvaluateOptions,
  ): Promise<Metrics> {
    const compiled = this.compiled('evaluate')
    const [samples, chosen] = await readArguments('evaluate', data, labelsOrOptions, options)
    return evaluate(this, compiled, samples, chosen)
  }

  /** The model's output for each input, batch by batch. Inputs are samples of a dataset or a tensor `[length, ...]`. */
  predict(inputs: Samples | tf.Tensor, options?: PredictOptions): Promise<Predictions> {
    return predict(this, inputs, options)
  }

  /**
   * Layers, output shapes, parameters and FLOPs; `String(summary)` is a table.
   *
   * @param inputShape needed when the model is not built yet.
   */
  summary(inputShape?: Shape): Summary {
    return summarize(this, inputShape)
  }

  /** Writes all weights to a safetensors file, which is complete or not there at all. */
  save(path: string): Promise<void> {
    return saveWeights(this, path)
  }

  /**
   * Reads weights that {@link save} wrote. A model that is not built yet is built with the shape in the file.
   *
   * @throws DataError that names each weight that is missing, unknown or of another shape; then none is changed.
   */
  load(path: string): Promise<void> {
    return loadWeights(this, path)
  }

  /**
   * Writes the model in another format.
   *
   * @example await resnet.export('model.onnx', onnxExporter())
   */
  export<Result>(
    path: string,
    exporter: ModelWriter<Model, Result>,
    details?: ExportDetails,
  ): Promise<Result> {
    return exporter.export(this, path, details)
  }

  /** Frees all weights, variables in fields included. */
  override dispose(): ReturnType<tf.layers.Layer['dispose']> {
    // A layer that another model shares may have been freed with it.
    const weights = findWeights(this).filter(({ variable }) => !variable.isDisposed)
    for (const { holder, variable } of weights) (holder ?? variable).dispose()
    disposeStates(this)
    internals(this)._refCount = 0
    return { refCountAfterDispose: 0, numDisposedVariables: weights.length }
  }

  /** What `compile` set. */
  compiled(where: string): Compiled {
    if (this.#compiled !== undefined) return this.#compiled
    throw new ConfigError({
      where: `${this.getClassName()}.${where}`,
      expected: 'the model must be compiled first',
      hint: "Call compile({ optimizer: 'adam', loss: 'sparse-categorical-crossentropy', metrics: ['accuracy'] }).",
    })
  }
}

/** Regularizers that a layer added itself; a container's list repeats those of its layers. */
function ownLosses(layer: tf.layers.Layer): tf.layers.Layer['losses'] {
  return layer instanceof Model || isContainer(layer) ? [] : layer.losses
}

declare module '@ashlar/plugins' {
  interface PluginProducts {
    block: Model
    model: Model | tf.LayersModel
  }
}

/** Parts of networks. */
export const blockKind: Kind<'block'> = defineKind('block')

/** Networks. */
export const modelKind: Kind<'model'> = defineKind('model')
