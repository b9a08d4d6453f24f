import type { AwsCall } from './aws.ts'
import { CONTROLLERS } from './roles.ts'

const ROLE = new RegExp(`:assumed-role/fairlead-(${CONTROLLERS.join('|')})/`)

/** The actions that a call of a controller needed; none if somebody else called. */
export function usedActions({ caller, actions }: Pick<AwsCall, 'caller' | 'actions'>): readonly string[] {
  const controller = ROLE.exec(caller)?.[1]
  return controller === undefined ? [] : actions.map((action) => `${controller} ${action}`)
}
