import type { AwsCall } from './aws.ts'
import { CONTROLLERS } from './roles.ts'
import type { Usage } from './usage.ts'

const ROLE = new RegExp(`:assumed-role/fairlead-(${CONTROLLERS.join('|')})/`)

/** The actions that a call of a controller needed, and of anybody the one that was refused. */
export function usedActions({ caller, actions, denied }: Pick<AwsCall, 'caller' | 'actions' | 'denied'>): Partial<Usage> {
  const controller = ROLE.exec(caller)?.[1]
  if (denied !== null) return { forbidden: [`${denied} for ${controller ?? caller}`] }
  if (controller === undefined) return {}
  return { actions: actions.map((action) => `${controller} ${action}`) }
}
