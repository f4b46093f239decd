import { type BindingTarget, machineName } from '../cache/target.ts'

/** The release of TensorFlow whose libraries are taken; each newer one would have to be tried with tfjs-node's binding first. */
export const TENSORFLOW_VERSION = '2.21.0'

/** TensorFlow's wheels for one machine: the same libraries, once for each version of Python. */
export interface Wheels {
  /** Name on the package index. */
  readonly project: string
  /** As pip wants it: `manylinux_2_27_x86_64`. */
  readonly platform: string
  /** SHA-256 by Python tag, oldest first. Pinned: what is loaded is this and nothing else. */
  readonly digests: Readonly<Record<string, string>>
  /** Files in `tensorflow/` that the binding is linked with and that are kept; the last is the one that the others need. */
  readonly libraries: readonly string[]
}

const LINUX_LIBRARIES = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2']

/** By machine as `machineName` has it. Only the first is tried by tests; the others hold the same files. */
const WHEELS: Readonly<Record<string, Wheels>> = {
  'linux-x64-glibc': {
    project: 'tensorflow-cpu',
    platform: 'manylinux_2_27_x86_64',
    digests: {
      cp310: 'd143e92f5c0661cdfa26eaca8f73cd2efd0ec53a68af8dec82f584ba8eb14b83',
      cp311: '2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c',
      cp312: 'dcc8afd32930e42d5296b6ee19078b773706830af4ea97fbe503b9f5e0f820cb',
      cp313: '05af7c26d35f4de910b5598c7b507e3981831a7b0f47fed9a405d995d51d7793',
    },
    libraries: LINUX_LIBRARIES,
  },
  'linux-arm64-glibc': {
    project: 'tensorflow',
    platform: 'manylinux_2_27_aarch64',
    digests: {
      cp310: '7c97938b25cf70c80ae8619931f85abcdee2ab2eb256c2051202edb3b89e9a5d',
      cp311: '4b24aca16d527a3cf1c37f720c04c484c3d20f4d0fdfa98632ac8b9f3be6eb5c',
      cp312: 'b07d15737406533898e36c7ef7944b1be18e9028dc521b9229952c537bbc5552',
      cp313: 'a10abdfb8b1189210c251021a3f153b7ccc52a8e6521351f3dc3331e8ba593e0',
    },
    libraries: LINUX_LIBRARIES,
  },
  'darwin-arm64': {
    project: 'tensorflow',
    platform: 'macosx_12_0_arm64',
    digests: {
      cp310: '6462632889e0e9ce1455b208c87b86a8c154e899407ef7d426ef1ec71647f565',
      cp311: '51f46f4806139d01fc7920cc72a4c75876f80649bf40ff083ab6212ceb43ca88',
      cp312: '56ecd7d47429acbe1df2694d50b75bf9fc3995ac92cb367cd9af6c4780ead712',
      cp313: 'a145ed46c58192b7c3f9916d070caf4f6afc6dc7e5511f83dd97677f4c4947f4',
    },
    libraries: ['libtensorflow_cc.2.dylib', 'libtensorflow_framework.2.dylib'],
  },
}

/** The wheels for a machine; `undefined` where TensorFlow makes none with these libraries (Windows, Alpine). */
export function wheelsFor(target: BindingTarget): Wheels | undefined {
  return WHEELS[machineName(target)]
}

/** Which of the wheels to ask for: that of the Python that is there, since a mirror may have no other, else the newest. */
export function tagFor({ digests }: Wheels, python: string): string {
  const known = Object.keys(digests)
  return known.includes(python) ? python : known.at(-1)!
}

/** The Python tag in a wheel's file name: `cp311` of `tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl`. */
export function tagOf(fileName: string): string | undefined {
  return /-(cp\d+)-cp\d+t?-[^-]+\.whl$/.exec(fileName)?.[1]
}
