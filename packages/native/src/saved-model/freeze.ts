import { DataError } from '@ashlar/errors'
import type { FlatGraph, FlatNode } from './flatten.ts'
import { attrOf } from './graph-def.ts'
import { type Numbers, readTensor } from './tensor-proto.ts'

/** A graph whose variables are constants. */
export interface FrozenGraph {
  readonly nodes: readonly FlatNode[]
  readonly constants: ReadonlyMap<string, Numbers>
}

/** Makes a variable that is passed on as a handle and read by ReadVariableOp. */
const HANDLE = 'VarHandleOp'

/** What chooses or repeats parts of a graph while it runs. */
const CONTROL_FLOW =
  /^(Stateless)?(If|Case|While)$|^(Switch|Merge|Enter|Exit|NextIteration)$|^TensorList/

/** Variables of TensorFlow 1, which are their own value. */
const VALUES = ['VariableV2', 'Variable']

/** The names of all variables of a graph. */
export function variablesOf({ nodes }: FlatGraph): string[] {
  return nodes.filter(({ op }) => op === HANDLE || VALUES.includes(op)).map(({ name }) => name)
}

/**
 * Puts constants in the place of variables.
 *
 * @param readVariable the numbers of a variable of the main graph, by the name of its node.
 * @param where the model, for messages.
 * @throws DataError for control flow, and for what reads a variable in another way.
 */
export function freeze(
  { nodes }: FlatGraph,
  readVariable: (name: string) => Numbers,
  where: string,
): FrozenGraph {
  const constants = new Map<string, Numbers>()
  const kept: FlatNode[] = []
  /** Nodes whose output is a variable's handle, with the name of the variable. */
  const handles = new Map<string, string>()

  const constant = (node: FlatNode, numbers: Numbers) => {
    constants.set(node.name, numbers)
    const dtype = attrOf(node, 'dtype')
    kept.push({ ...node, op: 'Const', inputList: [], attrMap: dtype ? [['dtype', dtype]] : [] })
  }

  for (const node of nodes) {
    const [first = ''] = node.inputList
    const variable = handles.get(first)
    if (CONTROL_FLOW.test(node.op)) {
      throw new DataError({
        where,
        expected: 'its graph must have no control flow',
        given: `${node.op} ${node.path}`,
        hint: 'Recurrent layers of Keras have none with unroll=True.',
      })
    }
    if (node.op === HANDLE) handles.set(node.name, node.name)
    else if (VALUES.includes(node.op)) constant(node, readVariable(node.name))
    else if (node.op === 'Const') constant(node, numbersOf(node, where))
    else if (node.op === 'Erfc') kept.push(...complement(node, constants))
    else if (variable === undefined && !node.inputList.some((input) => handles.has(input))) {
      kept.push(node)
    } else if (variable !== undefined && node.op === 'Identity') handles.set(node.name, variable)
    else if (variable !== undefined && node.op === 'ReadVariableOp') {
      constant(node, readVariable(variable))
    } else if (variable !== undefined && node.op === 'ResourceGather') {
      kept.push(...gather(node, readVariable(variable), constants))
    } else {
      throw new DataError({
        where,
        expected: 'variables must only be read',
        given: `${node.op} ${node.path}`,
        hint: 'A signature that changes variables, as a training step does, has no meaning as a model file.',
      })
    }
  }
  return { nodes: kept, constants }
}

function numbersOf(node: FlatNode, where: string): Numbers {
  const value = attrOf(node, 'value')?.tensor
  if (value !== undefined) return readTensor(value, `${where}, ${node.path}`)
  throw new DataError({ where, expected: 'every constant must have a value', given: node.path })
}

/** erfc(x) is 1 - erf(x), of which TensorFlow.js has the second alone; Keras's gelu is made of it. */
function complement(node: FlatNode, constants: Map<string, Numbers>): FlatNode[] {
  const [erf, one] = [`${node.name}/erf`, `${node.name}/one`]
  constants.set(one, { shape: [], dtype: 'float32', values: [1] })
  return [
    { ...node, name: erf, op: 'Erf' },
    { ...node, name: one, op: 'Const', inputList: [], attrMap: [] },
    { ...node, op: 'Sub', inputList: [one, erf] },
  ]
}

/** Rows of a variable, as rows of a constant. */
function gather(node: FlatNode, numbers: Numbers, constants: Map<string, Numbers>): FlatNode[] {
  const table = `${node.name}/table`
  const axis = `${node.name}/axis`
  constants.set(table, numbers)
  constants.set(axis, { shape: [], dtype: 'int32', values: [0] })
  const made = { op: 'Const', inputList: [], attrMap: [], path: node.path }
  return [
    { ...made, name: table },
    { ...made, name: axis },
    { ...node, op: 'GatherV2', inputList: [table, node.inputList[1]!, axis], attrMap: [] },
  ]
}
