import type { EngineOptions } from './options.js';
import type { CloseDetails } from './transport/transport.js';

interface Page {
  addEventListener?(event: string, listener: () => void): void;
  removeEventListener?(event: string, listener: () => void): void;
}

/** Tells when the page goes offline, or away where the options say so; returns how to stop. Nothing on Node. */
export function watchPage(
  options: EngineOptions,
  onOffline: (details: CloseDetails) => void,
  unload: () => void,
): () => void {
  const page = globalThis as Page;
  const offline = (): void => onOffline({ description: 'network connection lost' });
  if (options.hostname !== 'localhost') page.addEventListener?.('offline', offline);
  if (options.closeOnBeforeunload === true) page.addEventListener?.('beforeunload', unload);
  return () => {
    page.removeEventListener?.('offline', offline);
    page.removeEventListener?.('beforeunload', unload);
  };
}
