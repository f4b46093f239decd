import { bytesOf, type Node, type Value } from '../ir/index.ts'

/** Why a value is kept. */
interface Claims {
  /** Kernels that will read it. */
  readers: number
  /** Whether a tensor stands for it. */
  held: boolean
}

/**
 * Kernels that were called and have not run, and the values that they read. A kernel whose results nobody can see any more is forgotten, and
 * with it the numbers that only it would have read.
 */
export class PendingKernels {
  readonly #nodes = new Set<Node>()
  readonly #claims = new Map<Value, Claims>()
  #keptBytes = 0

  /** Number of kernels that wait. */
  get size(): number {
    return this.#nodes.size
  }

  /** Bytes of numbers that no tensor stands for any more, kept for kernels that wait. */
  get keptBytes(): number {
    return this.#keptBytes
  }

  /** A kernel was called. Kernels that only it reads, such as views of its inputs, come with it. */
  add(node: Node): void {
    if (this.#nodes.has(node)) return
    this.#nodes.add(node)
    for (const input of distinctInputs(node)) {
      if (input.node !== undefined) this.add(input.node)
      this.#claimsOf(input).readers++
    }
  }

  /** A tensor stands for the value from now on. */
  hold(value: Value): void {
    this.#claimsOf(value).held = true
  }

  /** No tensor stands for the value any more. */
  letGo(value: Value): void {
    const claims = this.#claimsOf(value)
    claims.held = false
    if (claims.readers === 0) this.#forget(value)
    else if (value.node === undefined) this.#keptBytes += bytesOf(value)
  }

  /** Whether a tensor stands for the value. */
  isHeld(value: Value): boolean {
    return this.#claims.get(value)?.held === true
  }

  /** Whether a kernel that waits will read the value. */
  isRead(value: Value): boolean {
    return (this.#claims.get(value)?.readers ?? 0) > 0
  }

  /** What waits and has a tensor that stands for it. */
  heldResults(): Value[] {
    return [...this.#nodes].flatMap(({ outputs }) =>
      outputs.filter((output) => this.isHeld(output)),
    )
  }

  /** What must run before these values are known, in the order of the calls. */
  needed(targets: readonly Value[]): Node[] {
    const found = new Set<Node>()
    const queue = targets.flatMap(({ node }) => node ?? [])
    for (let node = queue.pop(); node !== undefined; node = queue.pop()) {
      if (found.has(node)) continue
      found.add(node)
      for (const input of node.inputs) if (input?.node !== undefined) queue.push(input.node)
    }
    // Values are numbered in the order of the calls.
    return [...found].sort((a, b) => a.outputs[0]!.id - b.outputs[0]!.id)
  }

  /** Results of these kernels that a tensor stands for, or that a kernel beyond them will read. */
  wanted(nodes: readonly Node[]): Value[] {
    const inside = new Map<Value, number>()
    for (const node of nodes) {
      for (const input of distinctInputs(node)) inside.set(input, (inside.get(input) ?? 0) + 1)
    }
    return nodes.flatMap(({ outputs }) =>
      outputs.filter((output) => {
        const claims = this.#claims.get(output)
        return claims?.held === true || (claims?.readers ?? 0) > (inside.get(output) ?? 0)
      }),
    )
  }

  /** These kernels have run, and what is wanted of their results has its numbers. */
  settle(nodes: readonly Node[]): void {
    for (const node of nodes) {
      this.#nodes.delete(node)
      for (const output of node.outputs) {
        output.node = undefined
        const claims = this.#claims.get(output)
        if (claims !== undefined && !claims.held) this.#keptBytes += bytesOf(output)
      }
    }
    for (const node of nodes) this.#releaseInputs(node)
  }

  clear(): void {
    this.#nodes.clear()
    this.#claims.clear()
    this.#keptBytes = 0
  }

  #claimsOf(value: Value): Claims {
    let claims = this.#claims.get(value)
    if (claims === undefined) {
      claims = { readers: 0, held: false }
      this.#claims.set(value, claims)
    }
    return claims
  }

  /** Drops a value without claims, the kernel that would have computed it, and so on backwards; not by recursion, chains are long. */
  #forget(value: Value): void {
    const queue = [value]
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      this.#claims.delete(next)
      const { node } = next
      if (node === undefined || node.outputs.some((output) => this.#claims.has(output))) continue
      if (!this.#nodes.delete(node)) continue
      queue.push(...this.#releaseClaims(node))
    }
  }

  #releaseInputs(node: Node): void {
    for (const input of this.#releaseClaims(node)) this.#forget(input)
  }

  /** Takes a kernel off the readers of its inputs; returns those that nobody wants any more. */
  #releaseClaims(node: Node): Value[] {
    return distinctInputs(node).filter((input) => {
      const claims = this.#claimsOf(input)
      claims.readers--
      if (claims.readers > 0 || claims.held) return false
      if (input.node === undefined) this.#keptBytes -= bytesOf(input)
      return true
    })
  }
}

function distinctInputs(node: Node): Value[] {
  return [...new Set(node.inputs)].filter((input) => input !== undefined)
}
