import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** Where the development server finds the API; in production the proxy in front serves both. */
const api = process.env["API_URL"] ?? "http://localhost:8000";

export default defineConfig({
  plugins: [react()],
  // The container's root is read-only, and so is the mounted source.
  cacheDir: process.env["VITE_CACHE_DIR"] ?? "node_modules/.vite",
  // Nothing as data: address, so that "default-src 'self'" is enough.
  build: {
    assetsInlineLimit: 0,
    target: "es2022",
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: {
    port: 3000,
    strictPort: true,
    allowedHosts: true,
    proxy: { "/api": { target: api, changeOrigin: true } },
  },
});
