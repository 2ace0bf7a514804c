import { createRequire } from 'node:module';

/** All that runs in Temporal's sandbox. Built with the package: no bundler runs when a worker starts. */
export function bundlePath(): string {
  return createRequire(import.meta.url).resolve('#workflow-bundle');
}
