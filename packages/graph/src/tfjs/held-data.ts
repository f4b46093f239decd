import type * as tf from '@tensorflow/tfjs'

/** What tfjs's engine is to a backend: it brings tensors over that another backend holds. */
type DataMover = Pick<tf.DataMover, 'moveData'>

/** The objects that stand for the numbers of tensors, as this knows them. */
interface DataId<T> {
  heldBy?: HeldData<T> | undefined
  held?: T | undefined
}

/**
 * What tfjs's `DataStorage` does, by a field of each id instead of a `WeakMap`: an eager program asks so often that the map took a sixth of the time of
 * small kernels.
 */
export class HeldData<T> {
  readonly #owner: tf.KernelBackend
  readonly #mover: DataMover
  #count = 0

  /**
   * @param owner the backend in whose name tensors are held.
   * @param mover is asked for those that are not held here.
   */
  constructor(owner: tf.KernelBackend, mover: DataMover) {
    this.#owner = owner
    this.#mover = mover
  }

  get(dataId: DataId<T>): T {
    if (dataId.heldBy !== this) this.#mover.moveData(this.#owner, dataId)
    return (dataId.heldBy === this ? dataId.held : undefined) as T
  }

  set(dataId: DataId<T>, value: T): void {
    if (dataId.heldBy !== this) this.#count++
    dataId.heldBy = this
    dataId.held = value
  }

  has(dataId: DataId<T>): boolean {
    return dataId.heldBy === this
  }

  delete(dataId: DataId<T>): boolean {
    if (dataId.heldBy !== this) return false
    this.#count--
    dataId.heldBy = undefined
    dataId.held = undefined
    return true
  }

  numDataIds(): number {
    return this.#count
  }
}
