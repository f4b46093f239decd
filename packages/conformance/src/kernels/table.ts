import type { KernelRow } from './rows.ts'

const HEAD = `# Kernels

What becomes of each kernel of TensorFlow.js in a captured program or an exported file. Written by \`pnpm kernels\`; the tests compare it with
the op table (\`packages/graph/src/ops/\`), where each kernel is declared once.

- **lowers**: one op of standard ONNX, beside reshapes and casts.
- **composed**: several ops of standard ONNX.
- **refused**: no meaning in ONNX. An export refuses it by name, with the reason; the tfjs backend \`onnxruntime\` computes it with
  tfjs's CPU kernel, and its profile says so.

The calls are run by onnxruntime in the portable forms and in those for the CPU. Beyond the checks below, \`pnpm conformance\` runs tfjs-core's
own test suite on the op table. Strings and tensors without elements stay in JavaScript on the tfjs backend; so do complex numbers there, while captured
programs compute them as real and imaginary parts.
`

/** The table as Markdown. */
export function kernelsMarkdown(rows: readonly KernelRow[]): string {
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
  ].join('\n')
}

function section(rows: readonly KernelRow[]): string[] {
  return [
    '| kernel | | in ONNX, or why not | checked by |',
    '|---|---|---|---|',
    ...rows.map(
      ({ kernel, kind, meaning, checks }) => `| ${kernel} | ${kind} | ${meaning} | ${checks} |`,
    ),
  ]
}
