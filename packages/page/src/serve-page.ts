import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fastifyStatic from '@fastify/static'
import type { FastifyPluginAsync } from 'fastify'
import { addConversion, MOST_PICTURE_BYTES } from './convert-route.ts'
import type { PageOptions, SampleImages } from './page-options.ts'

/** Under this path lies everything that the page at `/` loads. */
export const PAGE_PATH = '/page'

/** From `src` as well as from `dist`: browsers are given the same files. */
const PUBLIC = fileURLToPath(new URL('../src/public/', import.meta.url))

/** What a browser needs of onnxruntime-web to compute with WebAssembly. */
const ORT_FILES = new Set([
  'ort.wasm.min.mjs',
  'ort-wasm-simd-threaded.mjs',
  'ort-wasm-simd-threaded.wasm',
])

/** The page loads nothing from anywhere else and runs no script but its own. WebAssembly needs leave of its own. */
const SECURITY_HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; " +
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const

/**
 * A Fastify plugin that adds the page of a model to a server: `/`, and under {@link PAGE_PATH} its files, the model's card and file,
 * sample images, and where it can, pictures of formats that browsers do not read as PNG. The predictions come from the server's own routes of the Open Inference Protocol.
 *
 * @example server.register(servePage, { model: 'digits', file: '/models/digits.onnx', card: { title: 'Digits', sections: [] } })
 */
export const servePage: FastifyPluginAsync<PageOptions> = async (server, options) => {
  server.addHook('onSend', async (_, reply) => {
    reply.headers(SECURITY_HEADERS)
  })
  await server.register(fastifyStatic, { root: PUBLIC, prefix: `${PAGE_PATH}/`, index: false })
  await server.register(fastifyStatic, {
    root: ortFolder(),
    prefix: `${PAGE_PATH}/ort/`,
    decorateReply: false,
    index: false,
    allowedPath: (path) => ORT_FILES.has(basename(path)),
    maxAge: '1h',
  })
  server.get('/', (_, reply) => reply.sendFile('index.html'))
  server.get(`${PAGE_PATH}/card.json`, () => ({
    model: options.model,
    ...options.card,
    labels: options.labels,
    gives: options.gives,
    multiLabel: options.multiLabel,
    targets: options.targets,
    input: options.input,
    inputs: options.inputs,
    outputs: options.outputs,
    ...(options.convert && {
      converts: { mostBytes: MOST_PICTURE_BYTES, endings: options.convert.endings },
    }),
  }))
  if (options.convert) addConversion(server, `${PAGE_PATH}/picture`, options.convert)
  server.get(`${PAGE_PATH}/samples.json`, () => encodeSamples(options.samples))
  server.get(`${PAGE_PATH}/model.onnx`, (_, reply) =>
    reply
      .type('application/octet-stream')
      .header('content-disposition', `attachment; filename="${fileName(options.model)}.onnx"`)
      .sendFile(basename(options.file), dirname(options.file), { contentType: false }),
  )
}

/** @returns for JSON: images as base64, so that a handful of them is one small answer. */
function encodeSamples(samples: SampleImages | undefined): object {
  if (samples === undefined) return { images: [] }
  const { height, width, channels = 1, pixels, labels } = samples
  const size = height * width * channels
  return {
    height,
    width,
    channels,
    images: labels.map((label, index) => ({
      label,
      pixels: Buffer.from(pixels.subarray(index * size, (index + 1) * size)).toString('base64'),
    })),
  }
}

/** The files of onnxruntime-web that a page needs to compute with WebAssembly, for whoever writes one. */
export function webRuntimeFiles(): string[] {
  return [...ORT_FILES].map((name) => join(ortFolder(), name))
}

/** Where the build has copied it to; a working tree that is not built has the package itself. */
function ortFolder(): string {
  const copied = fileURLToPath(new URL('ort/', import.meta.url))
  if (existsSync(copied)) return copied
  return dirname(createRequire(import.meta.url).resolve('onnxruntime-web/wasm'))
}

/** A model's name may hold what a header or a file system may not. */
function fileName(name: string): string {
  return name.replace(/[^\w.-]/g, '_')
}
