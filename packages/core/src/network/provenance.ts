import type * as tf from '@tensorflow/tfjs'
import { sublayers } from './children.ts'

/** A weight of a network, and where it came from. */
export interface TakenWeight {
  /** Readable name. */
  readonly name: string
  readonly shape: readonly number[]
  /** Name of the tensor in the file; undefined for a weight that was not taken. */
  readonly from: string | undefined
  /** Why it was not taken, or what stands there instead. */
  readonly note?: string
}

/** How a network came about, where it was not made here. */
export interface Provenance {
  /** What should be known of how a file was read. */
  readonly notes?: readonly string[]
  /** Where its weights came from, where they were taken of a file of another program. */
  readonly taken?: readonly TakenWeight[] | undefined
}

/** A layer that says how it came about. */
export interface HasProvenance {
  provenance(): Provenance
}

/** How a model came about, and the models inside it: their paths stand before what they say. */
export function provenanceOf(model: tf.layers.Layer): Required<Provenance> {
  const all = [{ path: '', layer: model }, ...sublayers(model)].flatMap(({ path, layer }) =>
    hasProvenance(layer) ? [{ path, ...layer.provenance() }] : [],
  )
  const taken = all.flatMap(({ path, taken = [] }) =>
    taken.map((each) => (path === '' ? each : { ...each, name: `${path}.${each.name}` })),
  )
  return {
    notes: all.flatMap(({ path, notes = [] }) =>
      notes.map((note) => (path === '' ? note : `${path}: ${note}`)),
    ),
    taken: taken.length === 0 ? undefined : taken,
  }
}

function hasProvenance(layer: object): layer is HasProvenance {
  return 'provenance' in layer && typeof layer.provenance === 'function'
}
