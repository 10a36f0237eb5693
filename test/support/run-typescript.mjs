// Before a program: node --import ./test/support/run-typescript.mjs program.ts
import { register } from 'node:module';

register('./typescript-hooks.mjs', import.meta.url);
