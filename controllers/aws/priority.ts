/** Who is served first by the limiter: a person's change, then what a wait asks, then a sweep. */
export type Priority = 'change' | 'wait' | 'sweep'
