import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { Controller, Get, Header, StreamableFile } from '@nestjs/common';

const page = join(process.cwd(), 'sample', '03-auth', 'public', 'index.html');

/** Serves the page; the client it talks with is served at `/socket.io/socket.io.js`. */
@Controller()
export class PageController {
  @Get()
  @Header('Content-Type', 'text/html; charset=utf-8')
  page(): StreamableFile {
    return new StreamableFile(createReadStream(page));
  }
}
