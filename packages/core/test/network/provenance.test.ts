import type * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Model, type Provenance, provenanceOf } from '../../src/index.ts'

const test = suite('how a model came about')

class Read extends Model {
  readonly notes: string
  constructor(notes: string) {
    super()
    this.notes = notes
  }
  provenance(): Provenance {
    return {
      notes: [this.notes],
      taken: [{ name: 'kernel', shape: [2], from: 'fc.weight' }],
    }
  }
  override call(x: tf.Tensor): tf.Tensor {
    return x
  }
}

class Around extends Model {
  readonly parts = [new Read('halves'), new Read('bytes')]
  override call(x: tf.Tensor): tf.Tensor {
    return x
  }
}

test('is what it says itself, and what models inside it say, with their paths', () => {
  assert.equal(provenanceOf(new Read('halves')), {
    notes: ['halves'],
    taken: [{ name: 'kernel', shape: [2], from: 'fc.weight' }],
  })
  assert.equal(provenanceOf(new Around()), {
    notes: ['parts.0: halves', 'parts.1: bytes'],
    taken: [0, 1].map((at) => ({ name: `parts.${at}.kernel`, shape: [2], from: 'fc.weight' })),
  })
})

test('is nothing where nobody has anything to say', () => {
  class Own extends Model {
    override call(x: tf.Tensor): tf.Tensor {
      return x
    }
  }
  assert.equal(provenanceOf(new Own()), { notes: [], taken: undefined })
})

test.run()
