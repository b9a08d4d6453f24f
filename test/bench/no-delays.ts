/** The AWS stand-in without artificial delays: what is measured is Fairlead's own time. */
export const NO_DELAYS = {
  albActiveSeconds: 0,
  targetHealthSeconds: 0,
  targetDrainSeconds: 0,
  route53InsyncSeconds: 0,
  acmInUseClearSeconds: 0,
  taggingLagSeconds: 0,
  eniReleaseSeconds: 0,
}
