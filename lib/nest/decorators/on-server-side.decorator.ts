import { SetMetadata } from '@nestjs/common';
import { serverSideMetadata } from './metadata.js';

/** Calls the method for each such event that another server of the cluster sends with `serverSideEmit()`. */
export function OnServerSide(event: string): MethodDecorator {
  return SetMetadata(serverSideMetadata, event);
}
