import type * as tf from '@tensorflow/tfjs'
import { allocate, type DType, type TypedArray } from '../ir/index.ts'

/** Variables that lie side by side in memory: a run reads one side and writes the other, or the same one where nothing reads it any more. */
export interface Bank {
  readonly names: readonly string[]
  readonly dtype: DType
  readonly size: number
  /** Each is taken when something is written there for the first time. */
  readonly sides: [TypedArray | undefined, TypedArray | undefined]
  /** The side that holds the current values. */
  current: 0 | 1
  /** Whether the memory is the tfjs variable's own, to be read alone. */
  isBorrowed: boolean
}

/** A variable's numbers: its own memory where its backend gives that. */
export function numbersOf(variable: tf.Variable): TypedArray {
  const numbers = variable.dataSync() as TypedArray
  const wanted = allocate(variable.dtype as DType, 0)
  if (numbers.constructor === wanted.constructor) return numbers
  const copy = allocate(variable.dtype as DType, variable.size)
  ;(copy as Float32Array).set(numbers as Float32Array)
  return copy
}

/** A bank of variables that hold `numbers` one after the other. */
export function bankOf(
  names: readonly string[],
  dtype: DType,
  numbers: TypedArray,
  isBorrowed = false,
): Bank {
  return { names, dtype, size: numbers.length, sides: [numbers, undefined], current: 0, isBorrowed }
}

/** Which of a bank's sides a run reads, or writes. */
export function sideOf(bank: Bank, side: 'current' | 'next'): 0 | 1 {
  return (side === 'current') === (bank.current === 0) ? 0 : 1
}

/** A part of one side, as a view of it. */
export function stretchOf(bank: Bank, side: 0 | 1, start: number, length: number): TypedArray {
  bank.sides[side] ??= allocate(bank.dtype, bank.size)
  return bank.sides[side].subarray(start, start + length)
}

/** Bytes; where pages are larger, each is touched more than once. */
const PAGE = 4096

/**
 * Makes memory the process's own. What was never written is one page of zeros for the system, seen in many places. A step that reads a number there and then writes
 * another in its place makes the system exchange each page beneath its threads, which all have to stop for that: ten times as long as here.
 */
export function touchPages({ buffer, byteOffset, byteLength }: TypedArray): void {
  const bytes = new Uint8Array(buffer, byteOffset, byteLength)
  for (let at = 0; at < byteLength; at += PAGE) {
    // Written in one go with being read: to read it first would be the same exchange.
    const held = Atomics.exchange(bytes, at, 0)
    if (held !== 0) bytes[at] = held
  }
}
