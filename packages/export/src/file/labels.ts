import { type Encodings, type FieldInfo, fieldsOf, type OutputEncoding } from '@ashlar/core'
import { ConfigError } from '@ashlar/errors'
import { type Graph, ir } from '@ashlar/graph'
import { LABELS } from '../source/own-scopes.ts'
import type { BuiltGraph } from './build.ts'

/** An output of names: for each sample the class whose number in another output is the largest. */
export interface LabelOutput {
  readonly name: string
  /** The output of numbers. */
  readonly of: string
  /** A name for each number; of a single number those below and above its middle. */
  readonly names: readonly string[]
  /** Set where one number alone stands for two classes: above it is the second. */
  readonly middle?: number | undefined
}

type Classification = Extract<OutputEncoding, { task: 'classification' }>

/**
 * The outputs of names that a file is to have besides its numbers: `label`, and of several outputs `NAME_label` each.
 *
 * Several classes that may be right are a list of another length for each sample, which no tensor holds: they stay numbers.
 *
 * @throws ConfigError where nobody said what the classes are, and for outputs that are not one class a sample.
 */
export function labelOutputs(graph: Graph, { output, outputs = {} }: Encodings): LabelOutput[] {
  const names = graph.outputs.map(({ name }) => name)
  const [only] = names
  const meanings = output === undefined || only === undefined ? outputs : { [only]: output }
  const taken = new Set([...names, ...graph.inputs.map(({ name }) => name)])
  const found = Object.entries(meanings).flatMap(([of, meaning]) => {
    const value = graph.outputs.find(({ name }) => name === of)?.value
    if (value === undefined || meaning.task !== 'classification') return []
    const isOnly = output !== undefined || names.length === 1
    const name = freeName(isOnly ? 'label' : `${of}_label`, taken)
    return [{ name, of, ...namesOf(of, value, meaning) }]
  })
  if (found.length > 0) return found
  throw noClasses(Object.values(meanings).map(({ task }) => task))
}

/**
 * Looks at the data of a model whose file is to have names.
 *
 * @throws ConfigError where no output of it is one class a sample.
 */
export function checkLabels(info: FieldInfo): void {
  const { outputs } = fieldsOf(info)
  const tasks = outputs.map(({ classes = [], multiLabel, shape }) => {
    if (classes.length === 0) return 'regression'
    if (multiLabel) return 'multi-label'
    return shape.length === 0 ? 'classification' : 'classes of places'
  })
  if (!tasks.includes('classification')) throw noClasses(tasks)
}

function noClasses(tasks: readonly string[]): ConfigError {
  return new ConfigError({
    where: 'export.labels',
    expected: 'the model must tell classes, one of which is right, and their names must be known',
    given: tasks,
    hint: tasks.includes('multi-label')
      ? 'Where several may be right, no tensor holds the names of each sample: read the numbers, with the names in the metadata `ashlar.output`.'
      : 'Datasets with classes say so, and experiments pass it on; from code, give `metadata: encodingMetadata({ output })`, or `{ outputs }` by name.',
  })
}

/** What a file that gives names says of itself: which output has them. */
export function withLabelNames(
  { output, outputs }: Encodings,
  labels: readonly LabelOutput[],
): Pick<Encodings, 'output' | 'outputs'> {
  const [only] = labels
  const named = (meaning: OutputEncoding, label: string | undefined): OutputEncoding =>
    label === undefined || meaning.task !== 'classification' ? meaning : { ...meaning, label }
  if (output !== undefined) return { output: named(output, only?.name) }
  const all = Object.entries(outputs ?? {}).map(([of, meaning]) => [
    of,
    named(meaning, labels.find((each) => each.of === of)?.name),
  ])
  return { outputs: Object.fromEntries(all) }
}

/** The outputs of names that a file says it has, to be held against its model. */
export function labelsSaid(graph: Graph, encodings: Encodings): LabelOutput[] {
  const { output, outputs = {} } = encodings
  const all = output === undefined ? Object.values(outputs) : [output]
  if (!all.some((each) => each.task === 'classification' && each.label !== undefined)) return []
  return labelOutputs(graph, encodings).flatMap((each) => {
    const meaning = (output ?? outputs[each.of]) as Classification
    return meaning.label === undefined ? [] : [{ ...each, name: meaning.label }]
  })
}

/** A graph of standard ONNX with outputs of names. */
export function withLabels(built: BuiltGraph, labels: readonly LabelOutput[]): BuiltGraph {
  if (labels.length === 0) return built
  const graph = { ...built.graph, nodes: [...built.graph.nodes], outputs: [...built.graph.outputs] }
  const add = (
    op: string,
    inputs: readonly ir.Value[],
    attrs: ir.Attrs,
    [shape, dtype]: readonly [ir.Shape, ir.DType],
  ): ir.Value => {
    const value = ir.createValue(shape, dtype)
    const node: ir.Node = {
      ...{ op, domain: '', inputNames: [], inputs: [...inputs], attrs },
      ...{ outputs: [value], scope: LABELS },
    }
    value.node = node
    graph.nodes.push(node)
    return value
  }
  for (const { name, of, names, middle } of labels) {
    const numbers = graph.outputs.find((each) => each.name === of)!.value
    const rows: ir.Shape = [numbers.shape[0]!]
    const places =
      middle === undefined
        ? add('ArgMax', [numbers], { axis: 1, keepdims: false }, [rows, 'int64'])
        : secondOf(numbers, middle, add, rows)
    const texts = names.map((each) => new TextEncoder().encode(each))
    const all = ir.createValue([names.length], 'string', { data: texts })
    const value = add('Gather', [all, places], { axis: 0 }, [rows, 'string'])
    graph.outputs.push({ name, value, state: false })
  }
  return { ...built, graph }
}

/** 1 where a single number is above its middle, else 0. */
function secondOf(
  numbers: ir.Value,
  middle: number,
  add: (
    op: string,
    inputs: readonly ir.Value[],
    attrs: ir.Attrs,
    type: readonly [ir.Shape, ir.DType],
  ) => ir.Value,
  rows: ir.Shape,
): ir.Value {
  const bound = ir.constant(Float32Array.of(middle), [1], 'float32')
  const flat = ir.constant(BigInt64Array.of(-1n), [1], 'int64')
  const isSecond = add('Greater', [numbers, bound], {}, [numbers.shape, 'bool'])
  const places = add('Cast', [isSecond], { to: 'int64' }, [numbers.shape, 'int64'])
  return add('Reshape', [places, flat], {}, [rows, 'int64'])
}

function namesOf(
  output: string,
  { shape, dtype }: ir.Value,
  { classes, gives }: Classification,
): Pick<LabelOutput, 'names' | 'middle'> {
  const [, width, ...more] = shape
  const isList = dtype === 'float32' && more.length === 0 && typeof width === 'number'
  if (isList && width === 1 && classes.length === 2) {
    return { names: classes, middle: gives === 'logits' ? 0 : 0.5 }
  }
  if (isList && width >= Math.max(2, classes.length)) {
    return { names: Array.from({ length: width }, (_, at) => classes[at] ?? String(at)) }
  }
  throw new ConfigError({
    where: 'export.labels',
    expected: `output ${output} must be a number for each of ${classes.length} classes, or one for two, of each sample`,
    given: shape.slice(1).map((size) => (typeof size === 'number' ? size : '?')),
    hint: 'Leave `labels` out: the names are in the metadata `ashlar.output`.',
  })
}

function freeName(wanted: string, taken: Set<string>): string {
  let name = wanted
  for (let count = 2; taken.has(name); count++) name = `${wanted}${count}`
  taken.add(name)
  return name
}
