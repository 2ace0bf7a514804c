import type { KnipConfig } from 'knip';

export default {
  entry: [
    // The faces of the package, and the program behind `npm run server`.
    'src/{index,worker/index,client/index,local/index,tools/index,testing/index,local/server}.ts',
    'examples/**/*.ts',
    'bench/*.ts',
    'test/**/*.test.ts',
    // Run as processes of their own.
    'test/**/programs/*.{ts,mjs}',
    'test/support/worker-program.ts',
    'deploy/*.mjs',
  ],
  project: ['{src,test,examples,bench,scripts,deploy}/**/*.{ts,mjs}'],
  ignore: ['test/guards/fixtures/**', 'test/package/consumer/**'],
  ignoreDependencies: [
    // Only there to unite the two copies that npm would lay out under Temporal's packages.
    'protobufjs',
    // Run on the packed tarball, by path.
    '@arethetypeswrong/cli',
  ],
  // Of the system.
  ignoreBinaries: ['mkfifo'],
} satisfies KnipConfig;
