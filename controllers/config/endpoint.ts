import { z } from 'zod'

/** Where a service is asked instead of AWS’s own address. */
export const endpoint = z
  .url({ protocol: /^https?$/, error: 'an http or https URL' })
  .refine((text) => URL.parse(text)?.username === '' && URL.parse(text)?.password === '', 'a URL without user and password')

const one = (service: string) => endpoint.optional().describe(`Endpoint of ${service}.`)

export const endpoints = z.strictObject({
  elbv2: one('Elastic Load Balancing'),
  ec2: one('EC2'),
  acm: one('Certificate Manager'),
  route53: one('Route 53'),
  sts: one('the Security Token Service'),
  tagging: one('the Resource Groups Tagging API'),
})
