// The AWS stand-in of test/aws.
import { freePort } from '../ports.ts'
import { ask } from '../probe.ts'
import type { ServerSpec } from '../process.ts'
import { awsSource } from '../python-environment.ts'

export async function aws(
  python: string,
  args: readonly string[],
): Promise<{ readonly endpoint: string; readonly spec: ServerSpec }> {
  const wished = args.indexOf('--port')
  const port = wished === -1 ? await freePort() : Number(args[wished + 1])
  const endpoint = `http://127.0.0.1:${port}`
  return {
    endpoint,
    spec: {
      command: python,
      args: ['-m', 'fairlead_aws', ...(wished === -1 ? ['--port', String(port)] : []), ...args],
      cwd: awsSource,
      // It must serve what the sources say, and leave nothing beside them.
      env: { PYTHONPATH: awsSource, PYTHONUNBUFFERED: '1', PYTHONDONTWRITEBYTECODE: '1' },
      ready: async () => (await ask(`${endpoint}/_fairlead/health`, { timeoutMs: 2000 })).status === 200,
    },
  }
}
