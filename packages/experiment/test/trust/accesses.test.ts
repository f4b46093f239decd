import { jsonSchema, path } from '@ashlar/plugins'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { z } from 'zod'
import { findAccesses } from '../../src/trust/accesses.ts'

const test = suite('findAccesses')

/** The paths that a schema finds in a value. */
const found = (schema: z.ZodType, value: unknown): string[] =>
  findAccesses(jsonSchema(schema), value).accesses.map(
    (access) => `${access.kind} ${access.path.join('.')} ${access.value}`,
  )

const tokenizer = z.union([z.literal('bytes'), path('read')]).default('bytes')

test('a value that is a constant before the path is no path', () => {
  const schema = z.strictObject({ tokenizer })
  assert.equal(found(schema, { tokenizer: 'bytes' }), [])
  assert.equal(found(schema, { tokenizer: '/etc/passwd' }), ['read tokenizer /etc/passwd'])
  // Nearly the constant is a path.
  for (const value of ['bytes ', './bytes', 'Bytes', 'bytes/', '']) {
    assert.equal(found(schema, { tokenizer: value }), [`read tokenizer ${value}`])
  }
})

test('so within lists, records and optional values', () => {
  const schema = z.strictObject({
    list: z.array(tokenizer),
    by: z.record(z.string(), tokenizer.optional()),
  })
  assert.equal(found(schema, { list: ['bytes', '/a'], by: { x: 'bytes', y: '/b' } }), [
    'read list.1 /a',
    'read by.y /b',
  ])
})

test('a constant elsewhere lets no path through', () => {
  const cases: readonly (readonly [z.ZodType, unknown])[] = [
    // The path comes first, and takes it.
    [z.union([path('read'), z.literal('bytes')]), 'bytes'],
    // Another constant than the value.
    [z.union([z.literal('bytes'), z.literal(1), path('read')]), '1'],
    // A constant within an alternative's field.
    [z.union([z.strictObject({ kind: z.literal('bytes') }), path('read')]), 'bytes'],
    // Of one alternative, not of the other that is a union of its own.
    [z.union([path('read'), z.union([z.literal('bytes'), z.null()])]), 'bytes'],
    [z.intersection(z.literal('bytes'), path('read')), 'bytes'],
    [path('read').default('bytes'), 'bytes'],
  ]
  for (const [schema, value] of cases) {
    assert.is(found(schema, value).length, 1, JSON.stringify(jsonSchema(schema)))
  }
})

test.run()
