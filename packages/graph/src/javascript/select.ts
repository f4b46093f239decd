import type { JavaScriptKernel } from './javascript-kernel.ts'

/** Rows of `t` where the condition holds, else of `e`. */
export const selectRows: JavaScriptKernel<unknown> = ({ condition, t, e }, _, [output]) => {
  const result = output!.data as Float32Array
  const row = result.length / condition!.data.length
  for (const [index, holds] of (condition!.data as Uint8Array).entries()) {
    const source = (holds ? t! : e!).data as Float32Array
    result.set(source.subarray(index * row, (index + 1) * row), index * row)
  }
}
