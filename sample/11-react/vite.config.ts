import { resolve } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const repository = resolve(import.meta.dirname, '../..');

export default defineConfig({
  root: resolve(import.meta.dirname, 'page'),
  plugins: [react()],
  build: {
    outDir: resolve(repository, 'dist/sample/react/page'),
    emptyOutDir: true,
    // The client in a file of its own: the build prints what it weighs.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'client', test: /dist\/esm\// }] } } },
  },
  server: {
    // The page's origin in development is Vite; what is for Socket.IO goes on to Nest, upgrades included.
    proxy: { '/socket.io': { target: `http://localhost:${process.env['PORT'] ?? 3000}`, ws: true } },
    fs: { allow: [repository] },
  },
});
