export type MetricSpec = {
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly labels: readonly string[]
  /** Upper bounds of a histogram. */
  readonly buckets?: readonly number[]
}
export type MetricSpecs = Readonly<Record<string, MetricSpec>>

const QUEUE_SECONDS = [0.001, 0.01, 0.1, 0.5, 1, 5, 10, 30, 60, 300]
const CALL_SECONDS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

/** What client-go and controller-runtime have under these names, with their meaning: dashboards and alerts for those fit. */
export const RUNTIME_METRICS = {
  workqueue_depth: { type: 'gauge', help: 'Units that could be worked on now', labels: ['name'] },
  workqueue_adds_total: { type: 'counter', help: 'Units added to the queue', labels: ['name'] },
  workqueue_retries_total: { type: 'counter', help: 'Units added again because working on them failed', labels: ['name'] },
  workqueue_queue_duration_seconds: {
    type: 'histogram',
    help: 'How long a unit waited for a worker',
    labels: ['name'],
    buckets: QUEUE_SECONDS,
  },
  workqueue_work_duration_seconds: {
    type: 'histogram',
    help: 'How long a worker was on a unit',
    labels: ['name'],
    buckets: QUEUE_SECONDS,
  },
  workqueue_longest_running_processor_seconds: {
    type: 'gauge',
    help: 'How long the worker that is longest on a unit has been on it',
    labels: ['name'],
  },
  controller_runtime_reconcile_total: {
    type: 'counter',
    help: 'Passes over a unit, by result: success, requeue_after (something is waited for) or error',
    labels: ['controller', 'result'],
  },
  controller_runtime_reconcile_errors_total: { type: 'counter', help: 'Passes that failed', labels: ['controller'] },
  controller_runtime_reconcile_time_seconds: {
    type: 'histogram',
    help: 'How long a pass took',
    labels: ['controller'],
    buckets: QUEUE_SECONDS,
  },
  controller_runtime_max_concurrent_reconciles: { type: 'gauge', help: 'Workers', labels: ['controller'] },
  controller_runtime_active_workers: { type: 'gauge', help: 'Workers that are on a unit', labels: ['controller'] },
  rest_client_requests_total: {
    type: 'counter',
    help: 'Requests to the Kubernetes API by HTTP status (0: no answer) and method',
    labels: ['code', 'method'],
  },
  rest_client_request_duration_seconds: {
    type: 'histogram',
    help: 'How long requests to the Kubernetes API took; a watch until it answered',
    labels: ['verb'],
    buckets: CALL_SECONDS,
  },
  leader_election_master_status: { type: 'gauge', help: 'Whether this replica leads: 1 or 0', labels: ['name'] },
} as const satisfies MetricSpecs

export const FAIRLEAD_METRICS = {
  fairlead_aws_calls_total: {
    type: 'counter',
    help: 'Requests to AWS by outcome: ok, error, throttled or no_answer',
    labels: ['service', 'operation', 'outcome'],
  },
  fairlead_aws_call_duration_seconds: {
    type: 'histogram',
    help: 'How long requests to AWS took',
    labels: ['service'],
    buckets: CALL_SECONDS,
  },
  fairlead_dependency_up: {
    type: 'gauge',
    help: 'Whether an AWS service, a Vault or the API server answers as it should: 1, or 0 after ten seconds in which nothing did',
    labels: ['dependency'],
  },
  fairlead_aws_throttles_total: { type: 'counter', help: 'Requests that AWS throttled all the same', labels: ['service'] },
  fairlead_aws_limiter_wait_seconds: {
    type: 'histogram',
    help: 'How long requests waited for their turn, within the share of AWS’s request rates that Fairlead takes',
    labels: ['service'],
    buckets: [0.001, 0.01, 0.1, 0.5, 1, 5, 10, 30, 60, 300],
  },
  fairlead_aws_limiter_waiting: { type: 'gauge', help: 'Requests to AWS that wait for their turn', labels: [] },
  fairlead_vault_calls_total: {
    type: 'counter',
    help: 'Requests to Vault by outcome: ok, error or no_answer',
    labels: ['vault', 'operation', 'outcome'],
  },
  fairlead_vault_call_duration_seconds: {
    type: 'histogram',
    help: 'How long requests to Vault took',
    labels: ['vault'],
    buckets: CALL_SECONDS,
  },
  fairlead_changes_total: {
    type: 'counter',
    help: 'Changes made, by outcome: applied or failed',
    labels: ['controller', 'action', 'outcome'],
  },
  fairlead_event_to_call_seconds: {
    type: 'histogram',
    help: 'From an event of the Kubernetes API to the first write to AWS that it led to',
    labels: [],
    buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
  },
  fairlead_units: { type: 'gauge', help: 'Units that have been planned: load balancer groups with their hosts', labels: [] },
  fairlead_objects: {
    type: 'gauge',
    help: 'Objects of ours by phase: Served, InProgress, Blocked, Paused or Removing',
    labels: ['phase'],
  },
  fairlead_plan_changes: { type: 'gauge', help: 'Changes that are planned and not made yet', labels: ['controller', 'action'] },
  fairlead_findings: { type: 'gauge', help: 'Findings that stand', labels: ['code', 'severity'] },
  fairlead_waits: { type: 'gauge', help: 'Things that are waited for', labels: ['kind'] },
  fairlead_unread_units: {
    type: 'gauge',
    help: 'Units for which what a controller depends on could not be read',
    labels: ['controller'],
  },
  fairlead_failing_changes: {
    type: 'gauge',
    help: 'Changes that failed and are to be tried again',
    labels: ['controller', 'kind'],
  },
  fairlead_watch_silence_seconds: {
    type: 'gauge',
    help: 'For how long the Kubernetes API has said nothing about a kind; bookmarks come about once a minute',
    labels: ['kind'],
  },
  fairlead_watch_lists: {
    type: 'gauge',
    help: 'Lists asked for since the start; more than one page or one list means that a watch could not be resumed',
    labels: ['kind'],
  },
  fairlead_event_loop_lag_seconds: { type: 'gauge', help: 'How late the event loop runs its timers', labels: [] },
  fairlead_http_requests_total: {
    type: 'counter',
    help: 'Requests to this server by route and HTTP status',
    labels: ['route', 'code'],
  },
} as const satisfies MetricSpecs

export const METRICS: typeof RUNTIME_METRICS & typeof FAIRLEAD_METRICS = { ...RUNTIME_METRICS, ...FAIRLEAD_METRICS }
export type MetricName = keyof typeof METRICS
