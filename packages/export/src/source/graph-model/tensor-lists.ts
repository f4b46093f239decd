import { ExportError } from '@ashlar/errors'
import { type Carrier, knownNumbers } from '@ashlar/graph'
import * as tf from '@tensorflow/tfjs'
import type { GraphNode, NodeCall, NodeOp } from './executor.ts'

/** What the elements of a list are. Lists that come of one another share it. */
interface ElementType {
  /** -1 for a size that nobody has said yet; undefined when not even the rank is known. */
  shape: readonly number[] | undefined
  readonly dtype: tf.DataType
}

/** A list of tensors at one time: its elements one by one, or all of them as the rows of one tensor. Never changed. */
interface TensorList {
  readonly type: ElementType
  readonly items?: readonly (tf.Tensor | undefined)[]
  readonly stack?: tf.Tensor
}

/**
 * TensorLists and TensorArrays of a graph while it is recorded. Where every index is known, the elements stay as they are; in a loop of the graph a list
 * is one tensor, which each round reads from and writes to by index.
 */
export class TensorLists {
  /** By the id of the tensor that stands for the list. */
  readonly #lists = new Map<number, TensorList>()
  /** How often the type of an element was learnt late. */
  #learnt = 0

  /** The ops that make and use lists. */
  readonly ops: Readonly<Record<string, NodeOp>> = {
    TensorListReserve: ({ node, inputs }) => this.#reserve(node, inputs[0]!, inputs[1]!),
    EmptyTensorList: ({ node, inputs }) => this.#reserve(node, inputs[0]!, undefined),
    TensorListFromTensor: ({ inputs: [tensor] }) =>
      this.#handle({
        type: { shape: tensor!.shape.slice(1), dtype: tensor!.dtype },
        stack: tf.clone(tensor!),
      }),
    TensorListGetItem: ({ inputs: [list, index] }) => this.#read(list!, index!),
    TensorListSetItem: ({ inputs: [list, index, item] }) => this.#write(list!, index!, item!),
    TensorListPushBack: ({ inputs: [list, item] }) => this.#push(list!, item!),
    TensorListStack: ({ inputs: [list] }) => this.#stacked(this.#of(list!)),
    TensorListGather: ({ inputs: [list, indices] }) =>
      tf.gather(this.#stacked(this.#of(list!)), indices as tf.Tensor1D),
    TensorListLength: ({ inputs: [list] }) => this.#length(list!),
    TensorListConcat: ({ inputs: [list] }) => this.#joined(list!),
    TensorListConcatV2: ({ inputs: [list] }) => this.#joined(list!),
    TensorListScatter: (call) => this.#scatter(call, undefined),
    TensorListScatterV2: (call) => this.#scatter(call, call.inputs[3]),
    TensorListResize: ({ node, inputs: [list, size] }) => {
      const { type, items } = this.#of(list!)
      const [length] = known(node, size!, 'size')
      if (items === undefined) throw refused(node, 'the size of a list must not change in a loop')
      return this.#handle({ type, items: Array.from({ length: length! }, (_, at) => items[at]) })
    },
    // The second output of an array stands for its state; who writes gives a new one.
    TensorArrayV3: ({ node, inputs: [size] }) => {
      const shape = node.attrParams.elementShape?.value as readonly number[] | undefined
      const dtype = node.attrParams.dtype?.value as tf.DataType
      const [length] = known(node, size!, 'size')
      const list = this.#handle({
        type: { shape: isRanked(shape) ? shape : undefined, dtype },
        items: Array.from({ length: length! }, () => undefined),
      })
      return [list, list]
    },
    TensorArrayWriteV3: ({ inputs: [, index, item, flow] }) => this.#write(flow!, index!, item!),
    TensorArrayReadV3: ({ inputs: [, index, flow] }) => this.#read(flow!, index!),
    TensorArrayGatherV3: ({ inputs: [, indices, flow] }) =>
      tf.gather(this.#stacked(this.#of(flow!)), indices as tf.Tensor1D),
    TensorArrayScatterV3: ({ node, inputs: [, indices, tensor, flow] }) =>
      this.#put(node, this.#of(flow!), indices!, tensor!),
    TensorArrayConcatV3: ({ inputs: [, flow] }) => this.#joined(flow!),
    TensorArraySizeV3: ({ inputs: [, flow] }) => this.#length(flow!),
    TensorArrayCloseV3: ({ inputs: [list] }) => list!,
    ...Object.fromEntries(
      ['TensorListPopBack', 'TensorListSplit', 'TensorArraySplitV3'].map((op) => [
        op,
        ({ node }: NodeCall): never => {
          throw refused(node, `${op} must not be among what it runs`)
        },
      ]),
    ),
  }

  /** Carries lists into and out of branches and loops of the graph, as tensors. */
  carrier(): Carrier {
    let types: readonly (ElementType | undefined)[] = []
    let learnt = this.#learnt
    return {
      pack: (items) => {
        types = items.map(({ id }) => this.#lists.get(id)?.type)
        return items.map((item) => {
          const list = this.#lists.get(item.id)
          return list === undefined ? item : this.#stacked(list)
        })
      },
      unpack: (tensors) =>
        tensors.map((tensor, index) => {
          const type = types[index]
          return type === undefined ? tensor : this.#handle({ type, stack: tensor })
        }),
      isStale: () => {
        const before = learnt
        learnt = this.#learnt
        return before !== learnt
      },
    }
  }

  #handle(list: TensorList): tf.Tensor {
    // tfjs makes copies of tensors that are not kept.
    const handle = tf.keep(tf.scalar(0))
    this.#lists.set(handle.id, list)
    return handle
  }

  #of(handle: tf.Tensor): TensorList {
    const list = this.#lists.get(handle.id)
    if (list === undefined) throw new TypeError('no list goes by this tensor')
    return list
  }

  #reserve(node: GraphNode, shape: tf.Tensor, count: tf.Tensor | undefined): tf.Tensor {
    const dtype = node.attrParams.elementDType?.value as tf.DataType
    const length = count === undefined ? 0 : known(node, count, 'number of elements')[0]!
    return this.#handle({
      type: { shape: shapeFrom(node, shape), dtype },
      items: Array.from({ length: Math.max(0, length) }, () => undefined),
    })
  }

  #read(handle: tf.Tensor, index: tf.Tensor): tf.Tensor {
    const list = this.#of(handle)
    const at = knownNumbers(index)?.[0]
    if (list.items !== undefined && at !== undefined) {
      const item = list.items[at]
      return item === undefined ? this.#zeros(list.type) : tf.clone(item)
    }
    return tf.gather(this.#stacked(list), tf.reshape(index, []) as unknown as tf.Tensor1D)
  }

  #write(handle: tf.Tensor, index: tf.Tensor, item: tf.Tensor): tf.Tensor {
    const list = this.#of(handle)
    const { type } = list
    this.#learn(type, item.shape)
    const at = knownNumbers(index)?.[0]
    if (list.items !== undefined && at !== undefined) {
      const items = Array.from({ length: Math.max(at + 1, list.items.length) }, (_, place) =>
        place === at ? tf.clone(item) : list.items![place],
      )
      return this.#handle({ type, items })
    }
    const rows = tf.expandDims(item, 0)
    const places = tf.reshape(index, [1, 1])
    const stack = this.#stacked(list)
    // The first element says what shape all have; the loop is then recorded again.
    const fitting =
      stack.shape.slice(1).join() === item.shape.join()
        ? stack
        : tf.zeros([stack.shape[0]!, ...item.shape], type.dtype)
    return this.#handle({ type, stack: tf.tensorScatterUpdate(fitting, places, rows) })
  }

  #push(handle: tf.Tensor, item: tf.Tensor): tf.Tensor {
    const { type, items, stack } = this.#of(handle)
    this.#learn(type, item.shape)
    return this.#handle(
      items === undefined
        ? { type, stack: tf.concat([stack!, tf.expandDims(item, 0)]) }
        : { type, items: [...items, tf.clone(item)] },
    )
  }

  #put(node: GraphNode, list: TensorList, indices: tf.Tensor, tensor: tf.Tensor): tf.Tensor {
    const places = known(node, indices, 'indices')
    const isWhole = places.every((place, at) => place === at)
    if (isWhole && (list.items?.length ?? 0) <= places.length) {
      return this.#handle({
        type: this.#learn(list.type, tensor.shape.slice(1)),
        stack: tf.clone(tensor),
      })
    }
    const items = [...(list.items ?? tf.unstack(list.stack!))]
    for (const [at, row] of tf.unstack(tensor).entries()) items[places[at]!] = row
    return this.#handle({
      type: this.#learn(list.type, tensor.shape.slice(1)),
      items: Array.from(items),
    })
  }

  #scatter({ node, inputs }: NodeCall, count: tf.Tensor | undefined): tf.Tensor {
    const [tensor, indices, shape] = inputs as [tf.Tensor, tf.Tensor, tf.Tensor]
    const length = count === undefined ? -1 : known(node, count, 'number of elements')[0]!
    const items = Array.from({ length: Math.max(0, length) }, () => undefined)
    const type = { shape: shapeFrom(node, shape), dtype: tensor.dtype }
    return this.#put(node, { type, items }, indices, tensor)
  }

  #length(handle: tf.Tensor): tf.Tensor {
    const { items, stack } = this.#of(handle)
    return tf.scalar(items === undefined ? stack!.shape[0]! : items.length, 'int32')
  }

  #joined(handle: tf.Tensor): tf.Tensor {
    const { items, stack } = this.#of(handle)
    if (items?.every((item) => item !== undefined)) return tf.concat(items as tf.Tensor[], 0)
    const rows = stack ?? this.#stacked(this.#of(handle))
    const [count, inner, ...rest] = rows.shape as [number, number, ...number[]]
    return tf.reshape(rows, [count * inner, ...rest])
  }

  #stacked({ type, items, stack }: TensorList): tf.Tensor {
    if (stack !== undefined) return tf.clone(stack)
    if (items!.every((item) => item === undefined)) {
      return tf.zeros([items!.length, ...elementShape(type)], type.dtype)
    }
    return tf.stack(items!.map((item) => item ?? this.#zeros(type)))
  }

  #zeros(type: ElementType): tf.Tensor {
    return tf.zeros([...elementShape(type)], type.dtype)
  }

  #learn(type: ElementType, shape: readonly number[]): ElementType {
    if (type.shape === undefined || type.shape.includes(-1)) {
      type.shape = shape
      this.#learnt++
    }
    return type
  }
}

/** Sizes that nobody has said are taken as 1, until an element says them. */
function elementShape({ shape }: ElementType): number[] {
  return (shape ?? []).map((size) => Math.max(1, size))
}

function isRanked(shape: unknown): shape is readonly number[] {
  return Array.isArray(shape)
}

/** The shape in an input: a list, or a scalar -1 for no shape at all. */
function shapeFrom(node: GraphNode, tensor: tf.Tensor): readonly number[] | undefined {
  return tensor.rank === 0 ? undefined : known(node, tensor, 'shape of the elements')
}

function known(node: GraphNode, tensor: tf.Tensor, what: string): readonly number[] {
  const numbers = knownNumbers(tensor)
  if (numbers !== undefined) return numbers
  throw refused(node, `the ${what} of a list must not depend on the numbers of its inputs`)
}

function refused({ op, name }: GraphNode, expected: string): ExportError {
  return new ExportError({
    where: `${name} (${op})`,
    expected,
    hint: 'Cut the graph before it, or give it as a constant.',
  })
}
