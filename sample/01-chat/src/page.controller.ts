import { createReadStream } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Controller, Get, Header, StreamableFile } from '@nestjs/common';

const require = createRequire(import.meta.url);
const publicFolder = join(process.cwd(), 'sample', '01-chat', 'public');
const clientBundle = join(dirname(require.resolve('socket.io-client/package.json')), 'dist', 'socket.io.esm.min.js');

/** Serves the page, and the published client that it talks with. */
@Controller()
export class PageController {
  @Get()
  @Header('Content-Type', 'text/html; charset=utf-8')
  page(): StreamableFile {
    return new StreamableFile(createReadStream(join(publicFolder, 'index.html')));
  }

  @Get('chat.css')
  @Header('Content-Type', 'text/css; charset=utf-8')
  style(): StreamableFile {
    return new StreamableFile(createReadStream(join(publicFolder, 'chat.css')));
  }

  @Get('chat.js')
  @Header('Content-Type', 'text/javascript; charset=utf-8')
  script(): StreamableFile {
    return new StreamableFile(createReadStream(join(publicFolder, 'chat.js')));
  }

  @Get('socket.io-client.js')
  @Header('Content-Type', 'text/javascript; charset=utf-8')
  client(): StreamableFile {
    return new StreamableFile(createReadStream(clientBundle));
  }
}
