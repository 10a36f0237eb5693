import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { debian } from './debian.js';

// How long a script has to end by itself, in milliseconds.
const patience = 10_000;

/** Something that happened in the script without being asked for. */
export interface PythonEvent {
  readonly event: string;
  readonly namespace: string;
  readonly args: unknown[];
}

interface PythonResult {
  readonly number: number;
  readonly result?: unknown;
  readonly error?: string;
}

interface Call {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

interface Waiting extends Call {
  readonly event: string;
  readonly namespace: string;
}

/** A Python script that takes commands as lines of JSON, and answers them likewise; bytes are Buffers here. */
export class PythonProcess {
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  readonly #calls = new Map<number, Call>();
  readonly #waiting: Waiting[] = [];
  readonly #events: PythonEvent[] = [];
  #called = 0;
  #errors = '';

  /** @param script the path of the script. */
  constructor(script: string) {
    this.#child = spawn(debian.pythonSocketIo.find()!, [script], { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#exited = once(this.#child, 'close').then(() => this.#onExit());
    // A script that has ended shows in its exit; the write that came too late adds nothing.
    this.#child.stdin!.on('error', () => {});
    this.#child.stderr!.on('data', (chunk: Buffer) => (this.#errors += chunk.toString()));
    createInterface(this.#child.stdout!).on('line', (line) => this.#onLine(line));
  }

  /** What the script has written to its standard error. */
  get errors(): string {
    return this.#errors;
  }

  /** Calls a method of the script; rejects with what it raises. */
  call(method: string, parameters: object = {}): Promise<unknown> {
    if (this.#child.exitCode !== null) return Promise.reject(this.#ended());
    const number = ++this.#called;
    return new Promise((resolve, reject) => {
      this.#calls.set(number, { resolve, reject });
      this.#child.stdin!.write(`${JSON.stringify(encodeBytes({ number, method, ...parameters }))}\n`);
    });
  }

  /** Takes the next event of that name, or one that has come already; resolves with its arguments. */
  next(event: string, namespace = '/'): Promise<unknown[]> {
    const index = this.#events.findIndex((each) => each.event === event && each.namespace === namespace);
    if (index !== -1) return Promise.resolve(this.#events.splice(index, 1)[0]!.args);
    if (this.#child.exitCode !== null) return Promise.reject(this.#ended());
    return new Promise((resolve, reject) => {
      this.#waiting.push({ event, namespace, resolve: resolve as Call['resolve'], reject });
    });
  }

  /** Ends the script; resolves when it has ended. */
  async stop(): Promise<void> {
    this.#child.stdin!.end();
    const kill = setTimeout(() => this.#child.kill('SIGKILL'), patience);
    await this.#exited;
    clearTimeout(kill);
  }

  #onLine(line: string): void {
    const message = decodeBytes(JSON.parse(line)) as PythonEvent | PythonResult;
    if ('number' in message) {
      const call = this.#calls.get(message.number)!;
      this.#calls.delete(message.number);
      if (message.error === undefined) call.resolve(message.result);
      else call.reject(new Error(message.error));
      return;
    }
    const { event, namespace, args } = message;
    const index = this.#waiting.findIndex((each) => each.event === event && each.namespace === namespace);
    if (index === -1) this.#events.push(message);
    else this.#waiting.splice(index, 1)[0]!.resolve(args);
  }

  #onExit(): void {
    for (const { reject } of [...this.#calls.values(), ...this.#waiting.splice(0)]) reject(this.#ended());
    this.#calls.clear();
  }

  #ended(): Error {
    return new Error(`The script has ended with ${this.#child.exitCode}:\n${this.#errors}`);
  }
}

/** Bytes have no form in JSON: they travel as `{"$bytes": base64}`. */
function encodeBytes(value: unknown): unknown {
  if (Buffer.isBuffer(value)) return { $bytes: value.toString('base64') };
  if (Array.isArray(value)) return value.map(encodeBytes);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, encodeBytes(each)]));
}

function decodeBytes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(decodeBytes);
  if (typeof value !== 'object' || value === null) return value;
  if ('$bytes' in value) return Buffer.from(value.$bytes as string, 'base64');
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, decodeBytes(each)]));
}
