/**
 * The Content-Security-Policy a careful shop would have. All that Tsugi needs of
 * it is a nonce for the snippet and the worker's origin to connect to.
 */
export const contentSecurityPolicy = (nonce: string, workerUrl: string): string =>
  [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    "style-src 'self'",
    "img-src 'self'",
    `connect-src 'self' ${workerUrl}`,
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
