import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { Controller, Get, Header, StreamableFile } from '@nestjs/common';

const publicFolder = join(process.cwd(), 'sample', '01-chat', 'public');

/** Serves the page; the client it talks with is served at `/socket.io/socket.io.esm.min.js`. */
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
}
