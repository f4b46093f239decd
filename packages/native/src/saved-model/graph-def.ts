/** A tensor's shape as the protocol has it; -1 for a size that is not known. */
export interface ShapeProto {
  readonly dimList: readonly { readonly size: number }[]
  readonly unknownRank: boolean
}

/** Numbers of a constant: in `tensorContent` (base64) or in the list of their type, whose last one is repeated. */
export interface TensorProto {
  readonly dtype: number
  readonly tensorShape?: ShapeProto | undefined
  readonly tensorContent: string
  readonly [list: `${string}ValList`]: readonly (number | boolean | string)[]
}

/** The value of an attribute: one of these is set. Strings are base64. */
export interface AttrValue {
  readonly s: string
  readonly i: number
  readonly f: number
  readonly b: boolean
  readonly type: number
  readonly shape?: ShapeProto | undefined
  readonly tensor?: TensorProto | undefined
  readonly list?: ListValue | undefined
  readonly func?: { readonly name: string } | undefined
}

/** A list of values, all of one type. */
export interface ListValue {
  readonly sList: readonly string[]
  readonly iList: readonly number[]
  readonly fList: readonly number[]
  readonly bList: readonly boolean[]
  readonly typeList: readonly number[]
  readonly shapeList: readonly ShapeProto[]
}

/** One operation. Inputs are `node`, `node:1`, in functions `argument` or `node:output:0`; `^node` only orders. */
export interface NodeDef {
  readonly name: string
  readonly op: string
  readonly inputList: readonly string[]
  readonly attrMap: readonly (readonly [string, AttrValue])[]
}

/** An input or output of an operation: one tensor, or as many as an attribute says. */
export interface ArgDef {
  readonly name: string
  readonly numberAttr: string
  readonly typeListAttr: string
}

/** An operation's declaration. */
export interface OpDef {
  readonly name: string
  readonly inputArgList: readonly ArgDef[]
  readonly outputArgList: readonly ArgDef[]
  readonly attrList: readonly {
    readonly name: string
    readonly defaultValue?: AttrValue | undefined
  }[]
}

/** A function that nodes can call. */
export interface FunctionDef {
  readonly signature: OpDef
  readonly nodeDefList: readonly NodeDef[]
  /** Output by name -> the tensor that it is. */
  readonly retMap: readonly (readonly [string, string])[]
}

/** An input or output of a signature. */
export interface TensorInfo {
  readonly name: string
  readonly dtype: number
  readonly tensorShape?: ShapeProto | undefined
}

/** What can be asked of a model. */
export interface SignatureDef {
  readonly inputsMap: readonly (readonly [string, TensorInfo])[]
  readonly outputsMap: readonly (readonly [string, TensorInfo])[]
}

/** One graph of a SavedModel. */
export interface MetaGraphDef {
  readonly metaInfoDef?:
    | {
        readonly tagsList: readonly string[]
        readonly strippedOpList?: { readonly opList: readonly OpDef[] } | undefined
      }
    | undefined
  readonly graphDef?:
    | {
        readonly nodeList: readonly NodeDef[]
        readonly library?: { readonly functionList: readonly FunctionDef[] } | undefined
      }
    | undefined
  readonly signatureDefMap: readonly (readonly [string, SignatureDef])[]
}

/** An attribute by name. */
export function attrOf(node: NodeDef, name: string): AttrValue | undefined {
  return node.attrMap.find(([key]) => key === name)?.[1]
}
