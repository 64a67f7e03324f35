/** Whether an address is of this machine alone: what answers there cannot be reached from another. */
export const isLoopbackAddress = (address: string): boolean =>
  /^(::ffff:)?127(\.\d{1,3}){3}$/i.test(address) || address === '::1';

/** The same of a host as it stands in a URL or a `Host` header, without its port. */
export const isLoopbackHost = (host: string): boolean =>
  /^localhost$/i.test(host) || isLoopbackAddress(host.replace(/^\[(.*)\]$/, '$1'));
