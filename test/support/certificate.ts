import { execFileSync } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { debian } from './debian.js';

/** A certificate for this machine that signs itself. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
  /** Of the certificate, by SHA-256: clients of WebTransport are told to trust it. */
  readonly hash: Buffer;
}

// W3C WebTransport §serverCertificateHashes: of an elliptic curve, and valid for two weeks at most.
const days = '10';

/** Makes a certificate that clients of WebTransport accept by its hash; needs `debian.openssl`. */
export function createCertificate(): Certificate {
  const folder = mkdtempSync(join(tmpdir(), 'certificate-'));
  const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  try {
    const args = [
      ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', days],
      ['-keyout', keyFile, '-out', certFile],
      ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'],
    ];
    execFileSync(debian.openssl.find()!, args.flat(), { stdio: 'pipe' });
    const cert = readFileSync(certFile, 'utf8');
    const hash = createHash('sha256').update(new X509Certificate(cert).raw).digest();
    return { cert, key: readFileSync(keyFile, 'utf8'), hash };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
