import type { AwsCall } from './aws.ts'
import { CONTROLLERS } from './roles.ts'
import type { Usage } from './usage.ts'

const ROLE = new RegExp(`:assumed-role/fairlead-(${CONTROLLERS.join('|')})/`)

/** The actions that a call of a controller needed, or the one that it was refused; nothing if somebody else called. */
export function usedActions({ caller, actions, denied }: Pick<AwsCall, 'caller' | 'actions' | 'denied'>): Partial<Usage> {
  const controller = ROLE.exec(caller)?.[1]
  if (controller === undefined) return {}
  if (denied !== null) return { forbidden: [`${denied} for ${controller}`] }
  return { actions: actions.map((action) => `${controller} ${action}`) }
}
