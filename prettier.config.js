/** @type {import('prettier').Config} */
export default {
  printWidth: 100,
  singleQuote: true,
  overrides: [
    // A code block is a cut from an example, where it may stand indented: prettier would wrap the two differently.
    { files: '*.md', options: { embeddedLanguageFormatting: 'off' } },
  ],
};
