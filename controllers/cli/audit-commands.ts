import { type Command, InvalidArgumentError, Option } from 'commander'
import type { AuditFilter } from '../shared/audit-write.ts'
import { auditGrep, auditVerify, linesIn } from './audit.ts'

type Grep = Omit<AuditFilter, 'since'> & { readonly since?: number; readonly output: 'text' | 'json' }

/** The commands with which an auditor reads what a controller wrote down. They need no cluster, no account and no configuration. */
export function addAuditCommands(program: Command): void {
  const print = (text: string) => void process.stdout.write(`${text}\n`)
  const audit = program.command('audit').description('check and search the audit trail')
  audit
    .command('verify')
    .description('check that nothing was changed, cut off or put in; exits with 0 if so, 1 if not')
    .argument('[files...]', 'audit files or logs, oldest first; - is standard input', ['-'])
    .option('--partial', 'the beginning was rotated away', false)
    .option('--last <hash>', 'the hash it has to end in, as an earlier check printed it', parseHash)
    .action(async (files: readonly string[], options: { partial: boolean; last?: string }) => {
      process.exitCode = await auditVerify(linesIn(files, process.stdin), options, print)
    })
  audit
    .command('grep')
    .description('print the writes that match, each with its outcome; exits with 1 if there is none')
    .argument('[files...]', 'audit files or logs, oldest first; - is standard input', ['-'])
    .option('--object <namespace/name>', 'for this object')
    .option('--host <name>', 'that name this host')
    .addOption(
      new Option('--controller <name>', 'of this controller').choices(['certificates', 'loadbalancers', 'dns', 'runtime']),
    )
    .option('--change <id>', 'of this change, as in the plan')
    .option('--since <time>', 'begun at this time (RFC 3339) or later', parseTime)
    .addOption(new Option('--outcome <how>', 'that ended so').choices(['ok', 'failed', 'open']))
    .addOption(new Option('-o, --output <format>', 'how to print it').choices(['text', 'json']).default('text'))
    .action(async (files: readonly string[], { output, ...filter }: Grep) => {
      process.exitCode = await auditGrep(linesIn(files, process.stdin), filter, output, print)
    })
}

function parseTime(text: string): number {
  const time = Date.parse(text)
  if (Number.isNaN(time)) throw new InvalidArgumentError('expected a time such as 2026-01-31T12:00:00Z.')
  return time
}

function parseHash(text: string): string {
  if (!/^[0-9a-f]{64}$/.test(text)) throw new InvalidArgumentError('expected 64 hexadecimal digits.')
  return text
}
