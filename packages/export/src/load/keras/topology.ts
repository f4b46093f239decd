import { DataError } from '@ashlar/errors'
import { operations } from './arithmetic.ts'
import { isDescribed, isJson, type Json, settingsOf } from './config.ts'
import { tfjsLayer } from './layer-rules.ts'

/** A layer or a model as tfjs makes it of a configuration. */
export interface TfjsTopology {
  readonly className: string
  readonly config: Record<string, unknown>
}

/** A tensor of a functional model: the layer, which of its calls, and which of its outputs. */
type Reference = readonly [layer: string, node: number, tensor: number]

/**
 * The model that a file of Keras 3 describes, as tfjs's own files describe it.
 *
 * @param where the file, for messages.
 * @throws DataError for what tfjs has not.
 */
export function topologyOf(described: unknown, where: string): TfjsTopology {
  if (!isDescribed(described)) {
    throw new DataError({
      where,
      expected: 'a layer must have a class_name and a config',
      given: described,
    })
  }
  const { class_name: name, config } = described
  if (name === 'Sequential') return { className: name, config: sequential(config, where) }
  if (Array.isArray(config.layers)) {
    // A class of its own, made by Keras's functional interface, is such a model too.
    return { className: 'Functional', config: functional(config, where) }
  }
  return layer(name, config, where)
}

function layer(name: string, config: Json, where: string): TfjsTopology {
  const known = tfjsLayer(name, config, where)
  const { layer: inner, cell, cells, ...rest } = config
  // What a layer is made of is described as layers are.
  const parts = Object.entries({ layer: inner, cell, cells }).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, partOf(value, where)] as const],
  )
  return {
    className: known.className,
    config: { ...settingsOf(rest, where), ...Object.fromEntries(parts), ...known.config },
  }
}

function partOf(value: unknown, where: string): unknown {
  if (Array.isArray(value)) return value.map((each) => partOf(each, where))
  return isDescribed(value) ? topologyOf(value, where) : value
}

function sequential(config: Json, where: string): Record<string, unknown> {
  const layers = (config.layers as unknown[]).map((each) => topologyOf(each, where))
  const [first] = layers
  const shape = config.build_input_shape
  const isOpen =
    first !== undefined && first.className !== 'InputLayer' && !('layers' in first.config)
  if (isOpen && first.config.batchInputShape === undefined && Array.isArray(shape)) {
    first.config.batchInputShape = shape
  }
  return { name: config.name, layers }
}

/** A layer of a functional model, and its calls. */
interface Member {
  readonly name: string
  readonly className: string
  readonly described: Json
  readonly calls: readonly Call[]
}

interface Call {
  readonly inputs: readonly Reference[]
  /** Which of the arguments are numbers, for functions; null is a tensor. */
  readonly operands: readonly (number | null)[]
  readonly options: Json
}

function functional(config: Json, where: string): Record<string, unknown> {
  const members = new Map(
    (config.layers as Json[]).map((each) => {
      const member = memberOf(each, where)
      return [member.name, member] as const
    }),
  )
  const inputs = references(config.input_layers, where)
  const outputs = references(config.output_layers, where).map(([name, node, tensor]): Reference => {
    const member = members.get(name)
    // Keras counts from 1 here for a model that is a layer, and from 0 elsewhere.
    const calls = member?.calls.length ?? 0
    return [name, calls > 0 && isModel(member!) && node > 0 ? node - 1 : node, tensor]
  })
  const wanted = reached(members, [...inputs, ...outputs], where)
  const inTfjs = ([name, node, tensor]: Reference) => {
    // A model has a node of its own in tfjs, from its inputs to its outputs.
    const own = isModel(members.get(name)!) ? 1 : 0
    return [name, node + own, tensor]
  }
  const copies: object[] = []
  // tfjs frees a tensor too early that a layer takes twice.
  const apart = (given: readonly Reference[]) =>
    given.map((each, index) => {
      if (given.findIndex((other) => other.join() === each.join()) === index) return inTfjs(each)
      const name = `${each[0]}_again_${copies.length + 1}`
      const inboundNodes = [[[...inTfjs(each), {}]]]
      copies.push({ name, className: 'Keras3Identity', config: { name }, inboundNodes })
      return [name, 0, 0]
    })
  const layers = [...members.values()]
    .filter(({ name }) => wanted.has(name))
    .map((member) => ({
      name: member.name,
      ...tfjsMember(member, where),
      inboundNodes: member.calls.map(({ inputs: given }) =>
        apart(given).map((each) => [...each, {}]),
      ),
    }))
  layers.push(...(copies as typeof layers))
  return {
    name: config.name,
    layers,
    inputLayers: inputs.map(inTfjs),
    outputLayers: outputs.map(inTfjs),
  }
}

function tfjsMember({ name, className, described, calls }: Member, where: string): TfjsTopology {
  const config = described.config as Json
  if (isFunction(described)) {
    if (!Object.hasOwn(operations, className)) {
      throw new DataError({
        where: `${where}: ${name}`,
        expected: `TensorFlow.js has no layer for Keras's function ${className}, only for ${Object.keys(operations).join(', ')}`,
      })
    }
    const [{ operands }] = calls as [Call]
    return { className: 'Keras3Arithmetic', config: { name, operation: className, operands } }
  }
  const { className: known, config: settings } = topologyOf(
    { class_name: className, config: { ...config, name } },
    where,
  )
  return { className: known, config: { ...settings, ...calls[0]?.options } }
}

function isModel({ className, described }: Member): boolean {
  return className === 'Sequential' || Array.isArray((described.config as Json).layers)
}

/** Functions have no settings but their name. */
function isFunction({ config }: Json): boolean {
  return Object.keys(config as Json).every((key) => key === 'name')
}

/** The layers on the way from inputs to outputs: Keras keeps the making of masks as well, which tfjs has inside of its layers. */
function reached(
  members: ReadonlyMap<string, Member>,
  from: readonly Reference[],
  where: string,
): ReadonlySet<string> {
  const found = new Set<string>()
  const open = from.map(([name]) => name)
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (found.has(name)) continue
    found.add(name)
    const member = members.get(name)
    if (member === undefined) {
      throw new DataError({
        where,
        expected: 'every layer that is read from must be there',
        given: name,
      })
    }
    open.push(...member.calls.flatMap(({ inputs }) => inputs.map(([input]) => input)))
  }
  return found
}

function memberOf(described: Json, where: string): Member {
  const { class_name: className, config } = described
  const name = described.name ?? (isJson(config) ? config.name : undefined)
  if (typeof className !== 'string' || !isJson(config) || typeof name !== 'string') {
    throw new DataError({
      where,
      expected: 'a layer must have a class_name, a name and a config',
      given: described,
    })
  }
  const nodes = (described.inbound_nodes ?? []) as unknown[]
  const calls = nodes.map((node) => callOf(node, { name, className }, where))
  return { name, className, described, calls }
}

/** Layers whose numbers depend on whether they are called for training. */
const TRAINED = /Dropout|Noise|BatchNormalization|^Random/

function callOf(node: unknown, of: { name: string; className: string }, where: string): Call {
  // As Keras 2 writes them: [[layer, node, tensor, kwargs], ...].
  const [args, kwargs] = Array.isArray(node)
    ? [node.map((each: unknown[]) => historyOf(each)), {}]
    : [(node as Json).args ?? [], ((node as Json).kwargs ?? {}) as Json]
  const place = `${where}: ${of.name}`
  const { mask, training, initial_state, key, query, value, inputs, use_causal_mask, ...others } =
    kwargs as Json
  if (training === true && TRAINED.test(of.className)) {
    throw new DataError({
      where: place,
      expected:
        'a layer must not be called with `training=True` whatever happens: TensorFlow.js has no such thing',
    })
  }
  const asked = Object.entries(others).filter(
    ([name, given]) => given !== null && given !== false && name !== 'return_attention_scores',
  )
  if (asked.length > 0 || others.return_attention_scores === true) {
    throw new DataError({
      where: place,
      expected: `${of.className} must be called with tensors alone: TensorFlow.js cannot keep the argument`,
      given: asked[0]?.[0] ?? 'return_attention_scores',
    })
  }
  checkMask(mask, place)
  const named = [inputs, query, value, key, initial_state].filter((each) => each != null)
  const flat = [args, named].flat(9)
  const tensors = flat.flatMap((each) => {
    const found = referenceOf(each)
    return found === undefined ? [] : [found]
  })
  const operands = flat.map((each) => {
    if (referenceOf(each) !== undefined) return null
    if (typeof each === 'number') return each
    throw new DataError({
      where: place,
      expected: 'arguments must be tensors or numbers',
      given: each,
    })
  })
  return {
    inputs: tensors,
    operands,
    options: use_causal_mask === true ? { useCausalMask: true } : {},
  }
}

/** Masks that come from the model's own layers are made anew by tfjs's. */
function checkMask(mask: unknown, where: string): void {
  for (const each of [mask].flat(9)) {
    if (each == null) continue
    const found = referenceOf(each)
    if (found !== undefined && /^(not_equal|any|logical|keras_mask)/.test(found[0])) continue
    throw new DataError({
      where,
      expected: 'masks must come of Masking or Embedding, not as an argument',
      given: found?.[0] ?? each,
    })
  }
}

function historyOf(each: unknown): unknown {
  return Array.isArray(each)
    ? { class_name: '__keras_tensor__', config: { keras_history: each } }
    : each
}

function referenceOf(value: unknown): Reference | undefined {
  if (!isDescribed(value) || value.class_name !== '__keras_tensor__') return undefined
  return asReference(value.config.keras_history)
}

function asReference(value: unknown): Reference | undefined {
  if (!Array.isArray(value)) return undefined
  const [layer, node, tensor] = value as unknown[]
  const isWhole = (each: unknown): each is number => Number.isInteger(each) && (each as number) >= 0
  return typeof layer === 'string' && isWhole(node) && isWhole(tensor)
    ? [layer, node, tensor]
    : undefined
}

/** One, a list or a dictionary of references, in its order. */
function references(value: unknown, where: string): Reference[] {
  const one = asReference(value)
  if (one !== undefined) return [one]
  if (Array.isArray(value)) return value.flatMap((each) => references(each, where))
  if (isJson(value)) return Object.values(value).flatMap((each) => references(each, where))
  throw new DataError({ where, expected: 'inputs and outputs must name layers', given: value })
}
