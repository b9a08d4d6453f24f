// Kills what this process started if this process dies without stopping it, even by SIGKILL: a shell of a few
// lines reads our pids from a pipe, and the pipe ends when we do.
import { type ChildProcess, spawn } from 'node:child_process'

const script = `
pids=
while read -r verb pid; do
  case $verb in
    add) pids="$pids $pid" ;;
    drop) kept=; for one in $pids; do [ "$one" = "$pid" ] || kept="$kept $one"; done; pids=$kept ;;
  esac
done
for one in $pids; do kill -KILL "$one" 2>/dev/null; done
`

let reaper: ChildProcess | undefined

function tell(line: string): void {
  if (reaper === undefined) {
    // Detached, so that a Ctrl-C in the terminal does not end it before it has done its work.
    reaper = spawn('/bin/sh', ['-c', script], { stdio: ['pipe', 'ignore', 'ignore'], detached: true })
    reaper.on('error', () => undefined)
    reaper.stdin?.on('error', () => undefined)
    reaper.unref()
    ;(reaper.stdin as unknown as { unref?: () => void } | null)?.unref?.()
  }
  reaper.stdin?.write(`${line}\n`)
}

/** Has `child` killed when this process ends while it still runs. */
export function dieWithUs(child: ChildProcess): void {
  const { pid } = child
  if (pid === undefined) return
  tell(`add ${pid}`)
  child.once('exit', () => tell(`drop ${pid}`))
}
