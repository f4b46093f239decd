import type { FileTensor } from './tensor.ts'
import type { OnnxType } from './types.ts'

/** The value of an attribute. */
export type AttributeValue =
  | number
  | string
  | readonly number[]
  | readonly string[]
  | FileTensor
  | OnnxGraph

/** A node of a file. */
export interface OnnxNode {
  /** As the file names it; made of its op and place where it has none. */
  readonly name: string
  readonly op: string
  /** `''` for the operators of the standard. */
  readonly domain: string
  /** Names; `''` for one that is left out. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: ReadonlyMap<string, AttributeValue>
}

/** An input or output of a graph. */
export interface OnnxPort {
  readonly name: string
  readonly type: OnnxType | undefined
  /** Sizes, or the names of those that vary, null for ones without a name; undefined where the file does not say the rank. */
  readonly shape: readonly (number | string | null)[] | undefined
}

/** A graph of a file. */
export interface OnnxGraph {
  readonly name: string
  readonly nodes: readonly OnnxNode[]
  /** Those that are fed: without the ones that have an initializer. */
  readonly inputs: readonly OnnxPort[]
  readonly outputs: readonly OnnxPort[]
  readonly initializers: ReadonlyMap<string, FileTensor>
}

/** A file. */
export interface OnnxFile {
  /** Where it came from, for messages. */
  readonly path: string
  readonly graph: OnnxGraph
  /** Versions of operator sets by domain. */
  readonly opsets: ReadonlyMap<string, number>
  readonly metadata: ReadonlyMap<string, string>
  /** What was read in another way than it is written, for whoever uses it. */
  readonly notes?: readonly string[]
}

/** Whether an attribute holds a graph. */
export function isGraph(value: unknown): value is OnnxGraph {
  return typeof value === 'object' && value !== null && 'nodes' in value
}

/** Marks a value that is an attribute of the function around it. */
export const REFERENCE = '\0attribute:'
