import { GetResourcesCommand } from '@aws-sdk/client-resource-groups-tagging-api'
import { read, type ServiceOf } from './operation.ts'

export const taggingOperations = {
  getResources: read(GetResourcesCommand),
}

/** The operations of Resource Groups Tagging API that controllers use. */
export type Tagging = ServiceOf<typeof taggingOperations>
