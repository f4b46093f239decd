import type { Repaired } from '@ashlar/graph'
import type { KernelRow } from './rows.ts'

const HEAD = `# Kernels

What becomes of each kernel of TensorFlow.js in a captured program or an exported file. Written by \`pnpm kernels\`; the tests compare it with
the op table (\`packages/graph/src/ops/\`), where each kernel is declared once.

- **lowers**: one op of standard ONNX, beside reshapes and casts.
- **composed**: several ops of standard ONNX.
- **refused**: no meaning in ONNX. An export refuses it by name, with the reason; the tfjs backend \`onnxruntime\` computes it with
  tfjs's CPU kernel, and its profile says so.

The calls are run by onnxruntime in the portable forms and in those for the CPU. Beyond the checks below, \`pnpm conformance\` runs tfjs-core's
own test suite on the op table.

Kernels that are checked by "special and extreme numbers" are right to 2e-6 of the result over all of float32, against double precision: zeros of both
signs, the smallest and largest numbers, infinities and NaN, and many others. Two limits: below 5e-37 the allowance is 1e-42, and what is smaller than a
normal number (1.2e-38) may be 0. NaN comes out as NaN unless the last column says otherwise. int32 is exact: fractions are cut off, results count modulo
2^32, and a float that becomes int32 does so as in JavaScript (NaN and infinities are 0). Sums are right to 2e-6 of the sum of magnitudes where sizes are
fixed; of sizes that vary they are added as onnxruntime's ReduceSum does. Recurrent layers that become ONNX's LSTM or GRU have the sigmoid of the runtime, which
in onnxruntime is right to 1e-7 absolutely. In a captured program a product with a constant 0 is 0, whatever the other factor.

Strings and tensors without elements stay in JavaScript on the tfjs backend; so do complex numbers there, while captured
programs compute them as real and imaginary parts.
`

/** The table as Markdown. */
export function kernelsMarkdown(rows: readonly KernelRow[], repaired: readonly Repaired[]): string {
  const count = (kind: KernelRow['kind']) =>
    rows.filter((row) => row.kind === kind && !row.isOwn).length
  const sums = `${count('lowers')} kernels lower, ${count('composed')} are composed, ${count('refused')} are refused.`
  return [
    HEAD,
    sums,
    '',
    ...section(rows.filter(({ isOwn }) => !isOwn)),
    '',
    "## Ashlar's own",
    '',
    'Kernels that tfjs does not have: what capture and passes put in the place of several.',
    '',
    ...section(rows.filter(({ isOwn }) => isOwn)),
    '',
    '## What is put right in tfjs',
    '',
    'What tfjs computes wrong is replaced before anything is held against it: before a capture, by the engine `tfjs` and on the tfjs backend. Kernels are those',
    'of its backend `cpu`; gradients belong to all backends. Central differences decide what is right, see `packages/graph/test/tfjs/`.',
    '',
    '| | kernel | what tfjs does |',
    '|---|---|---|',
    ...repaired.map(({ kernel, what, how }) => `| ${what} | ${kernel} | ${how} |`),
    '',
  ].join('\n')
}

function section(rows: readonly KernelRow[]): string[] {
  return [
    '| kernel | | in ONNX, or why not | checked by | its numbers |',
    '|---|---|---|---|---|',
    ...rows.map(
      ({ kernel, kind, meaning, checks, note }) =>
        `| ${kernel} | ${kind} | ${meaning} | ${checks} | ${note} |`,
    ),
  ]
}
