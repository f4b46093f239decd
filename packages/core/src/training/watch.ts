import { DataError } from '@ashlar/errors'
import { contents, type Held, heldBy, keysOf } from '../network/fields.ts'

type PlainValue = number | boolean | string

/** Changed fields by path. */
export type ChangedFields = Readonly<Record<string, PlainValue>>

/**
 * Notices when what a program reads in JavaScript has changed: fields of the model, its layers, the loss and so on. A look costs some nanoseconds for each
 * field.
 */
export class Watch {
  readonly #roots: Readonly<Record<string, unknown>>
  /** What was there at the last look. */
  #seen: readonly Held[]
  /** Plain fields at the beginning, by path. */
  readonly #first: ReadonlyMap<string, PlainValue>
  #isChanged = false
  #depth = 0

  readonly #enters: (value: object) => boolean

  /**
   * @param roots objects whose fields are watched, by the names that their paths begin with.
   * @param leftOut what is looked at in each step anyway.
   */
  constructor(roots: Readonly<Record<string, unknown>>, leftOut: readonly unknown[] = []) {
    this.#roots = roots
    this.#enters = (value) => !leftOut.includes(value)
    this.#seen = this.#look()
    this.#first = new Map(plainFields(this.#seen).map(({ path, value }) => [path, value]))
  }

  /** Whether any field has changed since the last call, other than by what ran in {@link during}. */
  changed(): boolean {
    const changed = this.isChanged
    if (changed) this.#seen = this.#look()
    this.#isChanged = false
    return changed
  }

  /** What {@link changed} would say now. */
  get isChanged(): boolean {
    return this.#isChanged || this.#differs()
  }

  /** Runs a program that is captured or called: what it leaves in fields itself counts as seen. */
  during<T>(fn: () => T): T {
    if (this.#depth === 0 && this.#differs()) this.#isChanged = true
    this.#depth++
    try {
      return fn()
    } finally {
      this.#depth--
      if (this.#depth === 0 && this.#differs()) this.#seen = this.#look()
    }
  }

  /** Plain fields that are not what they were at the beginning. */
  changes(): ChangedFields {
    const fields = plainFields(this.#look())
    return Object.fromEntries(
      fields.flatMap(({ path, value }) =>
        this.#first.has(path) && !Object.is(this.#first.get(path), value) ? [[path, value]] : [],
      ),
    )
  }

  /**
   * Makes the changes that {@link changes} gave, in a run that goes on.
   *
   * @throws DataError that names fields that are not there, or hold something else; then none is changed.
   */
  restore(changes: ChangedFields): void {
    const fields = new Map(plainFields(this.#look()).map((field) => [field.path, field]))
    const values = Object.entries(changes)
    const wrong = values.filter(([path, value]) => typeof fields.get(path)?.value !== typeof value)
    if (wrong.length > 0) {
      throw new DataError({
        where: 'fit',
        expected: 'the fields that a run has changed must be there when it goes on',
        given: wrong.map(([path]) => path),
      })
    }
    for (const [path, value] of values) fields.get(path)!.set(value)
  }

  #look(): Held[] {
    const found: Held[] = []
    for (const [name, root] of Object.entries(this.#roots)) {
      if (typeof root === 'object' && root !== null) found.push(...heldBy(root, name, this.#enters))
    }
    return found
  }

  #differs(): boolean {
    return this.#seen.some(differs)
  }
}

function differs(held: Held): boolean {
  const { object, path, isFields, keys, values } = held
  if (Array.isArray(object)) {
    if (object.length !== values.length) return true
    for (let index = 0; index < values.length; index++) {
      if (!Object.is(object[index], values[index])) return true
    }
    return false
  }
  if (!isFields) {
    const now = contents(object, path)
    return (
      now.values.length !== values.length ||
      values.some((value, index) => !Object.is(value, now.values[index])) ||
      (object instanceof Map && keys.some((key, index) => key !== now.keys[index]))
    )
  }
  const fields = object as Record<string, unknown>
  for (let index = 0; index < keys.length; index++) {
    if (!Object.is(fields[keys[index]!], values[index])) return true
  }
  return hasMore(held)
}

/** How many fields an object has in all, those that do not count included: while it stays, none has come. */
const sizes = new WeakMap<Held, number>()

function hasMore(held: Held): boolean {
  const size = Object.keys(held.object).length
  const known = sizes.get(held)
  if (known === size) return false
  sizes.set(held, size)
  return keysOf(held.object).length !== held.keys.length
}

interface PlainField {
  readonly path: string
  readonly value: PlainValue
  set(value: PlainValue): void
}

/** Fields that hold a number, a boolean or a text, of objects and lists. */
function plainFields(held: readonly Held[]): PlainField[] {
  return held.flatMap(({ object, path, keys, values }) =>
    object instanceof Set || ArrayBuffer.isView(object)
      ? []
      : values.flatMap((value, index) =>
          isPlain(value)
            ? [
                {
                  path: `${path}.${keys[index]!}`,
                  value,
                  set: (next: PlainValue) => assign(object, keys[index]!, next),
                },
              ]
            : [],
        ),
  )
}

function assign(object: object, key: string, value: PlainValue): void {
  if (object instanceof Map) (object as Map<string, unknown>).set(key, value)
  else (object as Record<string, unknown>)[key] = value
}

function isPlain(value: unknown): value is PlainValue {
  return typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string'
}
