// Third stage of the image: a file system that holds Node, the libraries it is linked with, and nothing else: no shell, no package manager.
import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

/** The user of the image. 65532 is `nonroot` of distroless images, which clusters have policies for. */
export const USER = 65532

/** Writes into `folder` what the process needs beside the bundle; `node` is the binary to take. */
export function rootfs(folder, node = process.execPath) {
  const put = (from, to) => {
    mkdirSync(dirname(join(folder, to)), { recursive: true })
    cpSync(realpathSync(from), join(folder, to))
  }
  put(node, '/bin/node')
  chmodSync(join(folder, 'bin/node'), 0o755)
  for (const library of linked(node)) put(library, library)
  // getpwuid() answers who we are and where our home is; several libraries ask.
  mkdirSync(join(folder, 'etc'), { recursive: true })
  writeFileSync(join(folder, 'etc/passwd'), `nonroot:x:${USER}:${USER}::/:/sbin/nologin\n`)
  writeFileSync(join(folder, 'etc/group'), `nonroot:x:${USER}:\n`)
  // Names are asked of the cluster's DNS, after /etc/hosts, as the kubelet writes them.
  writeFileSync(join(folder, 'etc/nsswitch.conf'), 'hosts: files dns\n')
}

/** The libraries a binary needs, with theirs, and the loader. */
function linked(binary) {
  const text = execFileSync('ldd', [binary], { encoding: 'utf8' })
  if (/not found/.test(text)) throw new Error(`${binary} is linked with what is not here:\n${text}`)
  // `name => /path (address)`; of the loader only `/path (address)`; the kernel's own has no path.
  return text.split('\n').flatMap((line) => /(?:=> )?(\/\S+) \(0x/.exec(line)?.[1] ?? [])
}

if (import.meta.main) {
  const [folder] = process.argv.slice(2)
  if (folder === undefined) throw new Error('usage: node rootfs.mjs FOLDER')
  rootfs(resolve(folder))
}
