import { request as httpRequest } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { PollingTransport, type PollingReply } from '../transport/polling.js';
import { jarOf } from './cookie-jar.js';
import { requestOptions } from './request-options.js';

/** Long-polling by Node's own requests, which take an agent, TLS options and cookies. */
export class NodePollingTransport extends PollingTransport {
  protected override request(body: string | undefined, signal: AbortSignal): Promise<PollingReply> {
    const { headers, ...options } = requestOptions(this.options, this.owner) as RequestOptions;
    const posted = body === undefined ? undefined : Buffer.from(body);
    const start = this.options.secure === true ? httpsRequest : httpRequest;
    const length = posted && { 'Content-Type': 'text/plain;charset=UTF-8', 'Content-Length': posted.byteLength };
    return new Promise((resolve, reject) => {
      const request = start(
        this.requestUrl(),
        { ...options, headers: { Accept: '*/*', ...length, ...headers }, method: posted ? 'POST' : 'GET', signal },
        (response) => {
          jarOf(this.owner)?.keep(response.headers['set-cookie']);
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (part: string) => (text += part));
          response.on('error', reject);
          response.on('end', () => resolve({ status: response.statusCode!, body: text, context: response }));
        },
      );
      request.on('error', reject);
      if (this.options.autoUnref === true) request.on('socket', (socket) => socket.unref());
      request.end(posted);
    });
  }
}
