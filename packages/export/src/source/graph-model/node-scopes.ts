import { scope } from '@ashlar/graph'
import type { GraphNode } from './executor.ts'

/**
 * Runs a graph with each of its nodes as a scope of its own, so that what is captured has its name, weights included. tfjs asks a node for its category when it runs it, and at no other
 * time: the tests check this against the pinned tfjs.
 */
export function withNodeScopes<T>(nodes: readonly GraphNode[], run: () => T): T {
  let running = ''
  const categories = nodes.map((node) => {
    const { category } = node
    const get = () => {
      running = node.name
      return category
    }
    Object.defineProperty(node, 'category', { ...PROPERTY, get })
    return category
  })
  try {
    return scope(() => running, run)
  } finally {
    for (const [index, node] of nodes.entries()) {
      const value = categories[index]
      Object.defineProperty(node, 'category', { ...PROPERTY, value, writable: true })
    }
  }
}

const PROPERTY = { configurable: true, enumerable: true } as const
