import {
  decodeSafetensors,
  type Model,
  readWeights,
  type StoredTensor,
  type TakenWeight,
  tensorNames,
} from '@ashlar/core'
import { ConfigError, closest, DataError } from '@ashlar/errors'
import { transposeNumbers } from '@ashlar/graph'
import * as tf from '@tensorflow/tfjs'
import { type TorchNames, torchNames } from './torch-names.ts'

/** A network that says how it is padded. */
type Network = Model & { readonly convention: 'keras' | 'torch' }

/**
 * Gives a network the weights of a safetensors file of torchvision or timm, by name: `resnet18`, `resnet34`, `resnet50` and `mobilenet-v2`, made with
 * `convention: 'torch'`. A classifier of another number of classes keeps its own weights.
 *
 * @returns each weight of the network, and where it came from.
 * @throws DataError that names each weight that does not fit; then none is changed.
 * @throws ConfigError for a network that is padded as Keras has it.
 * @example const taken = await loadTorchWeights(new ResNet18(5, { convention: 'torch', useBias: false }), 'resnet18.safetensors')
 */
export async function loadTorchWeights(model: Network, path: string): Promise<TakenWeight[]> {
  const taken = takeIfTorch(model, await readWeights(path), path)
  if (taken !== undefined) return taken
  throw new DataError({
    where: path,
    expected:
      'must hold the weights of a ResNet or MobileNetV2 by the names of torchvision or timm',
  })
}

/** The same of a file's bytes; undefined for a file that names its weights otherwise. */
export function takeIfTorch(
  model: Network,
  bytes: Uint8Array,
  path: string,
): TakenWeight[] | undefined {
  const names = torchNames(tensorNames(bytes, path))
  if (names === undefined) return undefined
  if (model.convention !== 'torch') {
    throw new ConfigError({
      where: path,
      expected: `weights of ${names.family} need a network that is padded as PyTorch has it`,
      given: 'convention keras',
      hint: 'Make it with `convention: torch`, and `useBias: false`, as its convolutions have no biases there.',
    })
  }
  if (!model.built) {
    throw new ConfigError({
      where: path,
      expected: 'the model must be built to take weights of other programs',
      hint: 'Call build([null, height, width, 3]) first.',
    })
  }
  const { tensors } = decodeSafetensors(bytes, path, { foreign: true })
  return take(model, tensors, names, path)
}

function take(
  model: Network,
  tensors: ReadonlyMap<string, StoredTensor>,
  names: TorchNames,
  where: string,
): TakenWeight[] {
  const left = new Set(tensors.keys())
  const problems: string[] = []
  const taken: TakenWeight[] = []
  const given: { readonly variable: tf.Variable; readonly data: Float32Array }[] = []
  for (const { name, shape, variable } of model.namedWeights()) {
    const dot = name.lastIndexOf('.')
    const [layer, kind] = [name.slice(0, dot), name.slice(dot + 1)]
    const base = names.nameOf(layer)
    const from = base && `${base}.${TENSORS[kind]}`
    const stored = from === undefined ? undefined : tensors.get(from)
    if (from !== undefined) left.delete(from)
    if (stored === undefined) {
      // Behind a batch norm a bias does nothing.
      if (kind === 'bias' && layer !== 'classifier') {
        given.push({ variable, data: new Float32Array(variable.size) })
        taken.push({ name, shape, from: undefined, note: 'the file has none: zeros' })
        continue
      }
      const near = from && closest(from, [...left])
      problems.push(
        `${name}: the file has no ${from ?? 'such layer'}${near ? ` (it has ${near})` : ''}`,
      )
      continue
    }
    const turned = turn(kind, stored)
    if (turned.shape.join() === shape.join()) {
      given.push({ variable, data: turned.data })
      taken.push({ name, shape, from: from! })
    } else if (layer === 'classifier') {
      const note = `the file has another: [${turned.shape.join(', ')}]`
      taken.push({ name, shape, from: undefined, note })
    } else {
      problems.push(
        `${name}: expected [${shape.join(', ')}], got [${turned.shape.join(', ')}] (${from})`,
      )
    }
  }
  for (const name of left) problems.push(`${name}: the network has no such weight`)
  if (problems.length > 0) {
    throw new DataError({
      where,
      expected: `weights of ${names.family} must be those of ${model.getClassName()}; ${problems.length} are not`,
      hint: problems.slice(0, 10).join('\n  ') + (problems.length > 10 ? '\n  ...' : ''),
    })
  }
  tf.tidy(() => {
    for (const { variable, data } of given) variable.assign(tf.tensor(data, variable.shape))
  })
  return taken
}

/** What PyTorch calls a layer's weights. */
const TENSORS: Readonly<Record<string, string>> = {
  ...{ kernel: 'weight', depthwise_kernel: 'weight', bias: 'bias', gamma: 'weight', beta: 'bias' },
  ...{ moving_mean: 'running_mean', moving_variance: 'running_var' },
}

/** Numbers of a tensor in the order that tfjs has them: channels last in kernels, inputs first in matrices. */
function turn(
  kind: string,
  { data, shape }: StoredTensor,
): { data: Float32Array; shape: number[] } {
  const axes =
    shape.length === 4
      ? kind === 'depthwise_kernel'
        ? [2, 3, 0, 1]
        : [2, 3, 1, 0]
      : shape.length === 2
        ? [1, 0]
        : shape.map((_, axis) => axis)
  return {
    data: transposeNumbers(data as Float32Array, shape, axes),
    shape: axes.map((axis) => shape[axis]!),
  }
}
