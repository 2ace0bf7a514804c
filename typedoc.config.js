/** @type {import('typedoc').TypeDocOptions} */
export default {
  name: 'outlast',
  entryPoints: [
    'src/index.ts',
    'src/worker/index.ts',
    'src/client/index.ts',
    'src/local/index.ts',
    'src/tools/index.ts',
    'src/testing/index.ts',
  ],
  tsconfig: 'tsconfig.build.json',
  out: 'docs/api',
  readme: 'README.md',
  excludeInternal: true,
  excludePrivate: true,
  excludeExternals: true,
  hideGenerator: true,
  // Addresses of the repository would need its remote, which a clone may lack.
  disableSources: true,
  logLevel: 'Warn',
  validation: { notExported: true, invalidLink: true, notDocumented: true },
  requiredToBeDocumented: ['Class', 'Function', 'Interface', 'TypeAlias', 'Variable'],
  treatWarningsAsErrors: true,
  treatValidationWarningsAsErrors: true,
};
