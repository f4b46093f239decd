import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

/** What the WebAssembly build of libjpeg-turbo exports; pointers are places in its memory. */
interface Turbo {
  readonly memory: { readonly buffer: ArrayBuffer }
  malloc(bytes: number): number
  free(pointer: number): void
  tjInitDecompress(): number
  tjDestroy(handle: number): number
  tjDecompress2(
    handle: number,
    jpeg: number,
    bytes: number,
    pixels: number,
    width: number,
    bytesInRow: number,
    height: number,
    format: number,
    flags: number,
  ): number
}

/** What is used of WebAssembly, which the types of Node do not declare. */
interface Wasm {
  readonly Module: new (code: Uint8Array) => object
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown }
}

const { WebAssembly: wasm } = globalThis as unknown as { readonly WebAssembly: Wasm }

/** libjpeg-turbo's numbers for what a pixel is. */
const FORMATS = { 1: 6, 3: 0 } as const

/** An instance, and room in its memory that is used again. */
interface Decoder {
  readonly turbo: Turbo
  jpeg: Room
  pixels: Room
}

interface Room {
  readonly pointer: number
  readonly bytes: number
}

let compiled: object | undefined
let decoder: Decoder | undefined

/**
 * The pixels of a JPEG, `[height, width, channels]`; undefined for one that is damaged.
 *
 * By the WebAssembly of `@cwasm/jpeg-turbo`, whose own JavaScript asks for four bytes a pixel, copies them twice and takes memory anew for each picture: a third of the time of a small one.
 *
 * @param size what the JPEG says of itself.
 */
export function turboJpeg(
  bytes: Uint8Array,
  { width, height }: { readonly width: number; readonly height: number },
  channels: 1 | 3,
): Uint8Array | undefined {
  decoder ??= open()
  const { turbo } = decoder
  try {
    const count = width * height * channels
    decoder.jpeg = roomFor(bytes.length, decoder.jpeg, turbo)
    decoder.pixels = roomFor(count, decoder.pixels, turbo)
    const [jpeg, pixels] = [decoder.jpeg.pointer, decoder.pixels.pointer]
    new Uint8Array(turbo.memory.buffer).set(bytes, jpeg)
    // One for each picture: tables that a picture lacks must not be those of another.
    const handle = turbo.tjInitDecompress()
    const row = width * channels
    const format = FORMATS[channels]
    const failed = turbo.tjDecompress2(
      ...([handle, jpeg, bytes.length, pixels, width, row, height, format, 0] as const),
    )
    turbo.tjDestroy(handle)
    return failed === 0 ? new Uint8Array(turbo.memory.buffer, pixels, count).slice() : undefined
  } catch {
    // It was left in the midst of its work: what is in its memory is nobody's.
    decoder = undefined
    return undefined
  }
}

function open(): Decoder {
  compiled ??= new wasm.Module(
    // Compiled by those who read pictures.
    readFileSync(createRequire(import.meta.url).resolve('@cwasm/jpeg-turbo/jpeg-turbo.wasm')),
  )
  const refuse = () => {
    throw new Error('not there')
  }
  const { exports } = new wasm.Instance(compiled, {
    // An error leaves by an exception in place of a jump.
    env: { setjmp: () => 0, longjmp: refuse },
    wasi_snapshot_preview1: {
      environ_sizes_get: () => 0,
      ...{ environ_get: refuse, proc_exit: refuse },
      ...{ fd_close: refuse, fd_seek: refuse, fd_write: refuse },
    },
  })
  const none: Room = { pointer: 0, bytes: 0 }
  return { turbo: exports as Turbo, jpeg: none, pixels: none }
}

/** The same room where it is large enough. */
function roomFor(bytes: number, room: Room, turbo: Turbo): Room {
  if (bytes <= room.bytes) return room
  turbo.free(room.pointer)
  const pointer = turbo.malloc(bytes)
  if (pointer === 0) throw new Error('no memory')
  return { pointer, bytes }
}
