import {
  type DType,
  type Graph,
  type GraphInput,
  type GraphOutput,
  type StateView,
  sizeOf,
  staticShape,
} from '../ir/index.ts'
import { nameValues, outputName } from '../onnx/names.ts'
import { findInPlaceUpdates } from '../passes/in-place-updates.ts'
import type { Pace } from './pace.ts'

/** A program that needs nothing but a session any more: plain data, which another process may use as well. */
export interface FinishedProgram extends ProgramTensors {
  /** The ONNX model. */
  readonly model: Uint8Array
  /** What onnxruntime may rewrite of it. */
  readonly optimization: 'all' | 'disabled'
  /** Whether the model has the output that keeps the others from being copied. */
  readonly inPlace: boolean
  /** What decides by how many threads it is run. */
  readonly pace: Pace
}

/** What goes into the model of a program, and comes out. */
export interface ProgramTensors {
  /** What each run is fed with. */
  readonly inputs: readonly FedTensor[]
  /** State that it reads. */
  readonly read: readonly StateTensor[]
  readonly written: readonly WrittenTensor[]
  /** What it returns, under `name`. An input of that name makes the model call it otherwise. */
  readonly results: readonly (FedTensor & { readonly inModel: string })[]
}

export interface FedTensor {
  readonly name: string
  readonly dtype: DType
  readonly shape: readonly number[]
}

/** A stretch of state as one input or output of the model. */
export interface StateTensor {
  readonly name: string
  readonly view: StateView
  readonly shape: readonly number[]
}

export interface WrittenTensor extends StateTensor {
  /** `current` where it is written in place. */
  readonly side: 'current' | 'next'
}

/** Those of a lowered graph of fixed shapes. */
export function tensorsOf(graph: Graph): ProgramTensors {
  const inPlace = findInPlaceUpdates(graph)
  const names = nameValues(graph)
  return {
    inputs: graph.inputs
      .filter((input) => !input.state)
      .map(({ name, value: { dtype, shape } }) => ({
        name,
        dtype,
        shape: staticShape(shape, 'compile'),
      })),
    read: graph.inputs
      .filter((input) => input.state)
      .map((input) => stateTensor(input, input.name)),
    written: graph.outputs
      .filter((output) => output.state)
      .map((output) => ({
        ...stateTensor(output, outputName(output)),
        side: inPlace.has(output) ? 'current' : 'next',
      })),
    results: graph.outputs
      .filter((output) => !output.state)
      .map(({ name, value }) => ({
        name,
        inModel: names.get(value)!,
        dtype: value.dtype,
        shape: staticShape(value.shape, 'compile'),
      })),
  }
}

function stateTensor(
  { name, value, view }: GraphInput | GraphOutput,
  inModel: string,
): StateTensor {
  return {
    name: inModel,
    shape: staticShape(value.shape, 'compile'),
    view: view ?? { variables: [name], offset: 0, length: Number(sizeOf(value.shape)) },
  }
}
