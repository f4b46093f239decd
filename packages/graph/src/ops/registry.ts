import { EngineError } from '@ashlar/errors'
import type { KernelDeclaration } from './declaration.ts'

const declarations = new Map<string, KernelDeclaration>()

/**
 * Adds kernels to the op table. Third parties register further kernels the same way.
 *
 * @throws EngineError when a kernel is registered twice.
 */
export function registerKernels(kernels: readonly KernelDeclaration[]): void {
  for (const declaration of kernels) {
    if (declarations.has(declaration.kernel)) {
      throw new EngineError({
        where: 'registerKernels',
        expected: `kernel ${declaration.kernel} must be declared once`,
        hint: 'It is in the op table already.',
      })
    }
    declarations.set(declaration.kernel, declaration)
  }
}

/** The declaration of a kernel, if the op table has one. */
export function findKernel(name: string): KernelDeclaration | undefined {
  return declarations.get(name)
}

/** All declarations, in the order of registration. */
export function listKernels(): readonly KernelDeclaration[] {
  return [...declarations.values()]
}
