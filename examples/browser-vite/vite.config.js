import { defineConfig } from 'vite';

const headers = {
  // What a page needs to share memory between threads.
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

export default defineConfig({
  worker: { format: 'es' },
  build: { target: 'es2022' },
  server: { headers },
  preview: { headers },
});
