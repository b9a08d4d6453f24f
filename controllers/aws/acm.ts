import {
  AddTagsToCertificateCommand,
  DeleteCertificateCommand,
  DescribeCertificateCommand,
  GetCertificateCommand,
  ImportCertificateCommand,
  ListCertificatesCommand,
  ListTagsForCertificateCommand,
  RemoveTagsFromCertificateCommand,
} from '@aws-sdk/client-acm'
import { again, once, read, type ServiceOf } from './operation.ts'

// ImportCertificate without an ARN makes another certificate each time; ACM has no idempotency token for it:
// https://docs.aws.amazon.com/acm/latest/APIReference/API_ImportCertificate.html
export const acmOperations = {
  describeCertificate: read(DescribeCertificateCommand),
  listCertificates: read(ListCertificatesCommand),
  getCertificate: read(GetCertificateCommand),
  listTagsForCertificate: read(ListTagsForCertificateCommand),
  deleteCertificate: again(DeleteCertificateCommand),
  addTagsToCertificate: again(AddTagsToCertificateCommand),
  removeTagsFromCertificate: again(RemoveTagsFromCertificateCommand),
  importCertificate: once(ImportCertificateCommand),
}

/** The operations of Certificate Manager that controllers use. */
export type Acm = ServiceOf<typeof acmOperations>
