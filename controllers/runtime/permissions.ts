import type { Permissions } from '../shared/permissions.ts'

/** What the runtime needs for every controller: to watch, to lead, to tell. */
export const runtimePermissions: Permissions = {
  name: 'runtime',
  aws: [],
  kubernetes: [
    {
      group: 'networking.k8s.io',
      resources: ['ingresses', 'ingressclasses'],
      verbs: ['list', 'watch'],
      scope: 'cluster',
      why: 'intents',
    },
    {
      group: 'networking.k8s.io',
      resources: ['ingresses'],
      verbs: ['patch'],
      scope: 'cluster',
      why: 'the finalizer and the annotations fairlead.dev/status and fairlead.dev/ready',
    },
    {
      group: 'networking.k8s.io',
      resources: ['ingresses/status'],
      verbs: ['patch'],
      scope: 'cluster',
      why: 'the address of the load balancer',
    },
    { group: '', resources: ['services', 'nodes'], verbs: ['list', 'watch'], scope: 'cluster', why: 'targets' },
    {
      group: '',
      resources: ['namespaces'],
      verbs: ['get', 'list', 'watch'],
      scope: 'cluster',
      why: 'who may have what; the UID of kube-system is the cluster’s identity',
    },
    {
      group: 'discovery.k8s.io',
      resources: ['endpointslices'],
      verbs: ['list', 'watch'],
      scope: 'cluster',
      why: 'targets of type ip',
    },
    {
      group: 'events.k8s.io',
      resources: ['events'],
      verbs: ['create', 'patch'],
      scope: 'cluster',
      why: 'findings, told on the object',
    },
    {
      group: '',
      resources: ['configmaps'],
      verbs: ['list', 'watch', 'create', 'patch'],
      scope: 'own',
      why: 'the freeze and the brake, in the ConfigMap fairlead-safety',
    },
    { group: 'coordination.k8s.io', resources: ['leases'], verbs: ['get', 'create', 'update'], scope: 'own', why: 'one leader' },
  ],
  vault: [],
}
