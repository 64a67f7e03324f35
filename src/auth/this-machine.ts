import { isLoopbackAddress, isLoopbackHost } from '../core/loopback.js';
import type { IncomingRequest } from '../core/access/principal.js';

interface ConnectedRequest extends IncomingRequest {
  socket?: { remoteAddress?: string; localAddress?: string };
}

/** Proxies add these: who sent the request is somewhere behind them. */
const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-real-ip'];

/**
 * Whether a request comes from this machine, and was meant for it. A proxy on this machine speaks for others; a name that
 * resolves to this machine may be that of a web page which a browser here has open (DNS rebinding).
 */
export function isFromThisMachine({ headers, socket }: ConnectedRequest): boolean {
  const addresses = [socket?.remoteAddress, socket?.localAddress].filter((address) => address !== undefined);
  const host = headers.host?.toString().replace(/:\d*$/, '') ?? 'localhost';
  return (
    addresses.every(isLoopbackAddress) && isLoopbackHost(host) && FORWARDED.every((name) => headers[name] === undefined)
  );
}
