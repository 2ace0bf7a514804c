/** The walls between the folders of src/: who may import what, and the lint rule that holds them up. */
import { builtinModules } from 'node:module';
import path from 'node:path';

/**
 * @typedef {object} Wall
 * @property {readonly string[] | 'all but workflows'} folders folders of src/ that may be imported, the own one aside
 * @property {readonly string[] | 'any'} packages packages that may be imported; `node:` stands for what Node brings
 * @property {readonly string[]} [types] packages of which the types may be imported, and nothing that runs
 * @property {string} because a sentence for whoever has run into the wall
 */

/** @type {Readonly<Record<string, Wall>>} */
export const walls = {
  plan: {
    folders: [],
    packages: [],
    because: 'The plan is what histories hold: data that everyone shares, and that knows no one.',
  },
  walk: {
    folders: ['plan'],
    packages: [],
    because: 'The walk is pure: it knows the plan, and the outside only as its Host.',
  },
  text: {
    folders: [],
    packages: [],
    because: "What words, sentences and relevance are is nobody else's business.",
  },
  definition: {
    folders: ['plan'],
    packages: ['zod'],
    types: ['node:'],
    because: 'A definition only describes; whoever writes one must not load a client or a worker.',
  },
  workflows: {
    folders: ['plan', 'walk'],
    packages: ['@temporalio/workflow', '@temporalio/common'],
    because:
      "Workflow code runs in Temporal's sandbox: what it imports is bundled without a warning.",
  },
  activities: {
    folders: ['plan', 'text'],
    packages: [
      'openai',
      'undici',
      'zod',
      'node:',
      '@temporalio/activity',
      '@temporalio/client',
      '@temporalio/common',
    ],
    because: 'Activities are given what they call; they know neither definitions nor the worker.',
  },
  worker: {
    folders: ['definition', 'activities', 'plan', 'client'],
    packages: ['node:', '#workflow-bundle', '@temporalio/worker', '@temporalio/common'],
    because: 'The worker only puts parts together; it finds the workflows as a bundle.',
  },
  client: {
    folders: ['definition', 'plan', 'walk'],
    packages: [
      'node:',
      '@temporalio/client',
      '@temporalio/common',
      '@temporalio/envconfig',
      'uuid',
    ],
    types: ['@temporalio/proto'],
    because: 'Whoever only starts and reads runs must not load a worker or the workflow sandbox.',
  },
  tools: {
    folders: ['definition', 'plan', 'text'],
    packages: [
      ...['node:', 'zod', 'htmlparser2', 'undici'],
      ...['exa-js', 'minisearch', '@modelcontextprotocol/sdk'],
    ],
    because: 'A tool is part of a definition, which must not load a client or a worker.',
  },
  local: {
    folders: 'all but workflows',
    packages: 'any',
    because: 'Workflows are reached through a worker, which has them as a bundle.',
  },
  testing: {
    folders: 'all but workflows',
    packages: 'any',
    because: 'Workflows are reached through a worker, which has them as a bundle.',
  },
  'index.ts': {
    folders: ['definition', 'client', 'plan'],
    packages: [],
    because: "The face 'outlast' is for defining and running: worker and sandbox have their own.",
  },
};

/** The syntax that takes something from another module, and where in it the specifier stands. */
const IMPORTING = {
  ImportDeclaration: ['source', 'value'],
  ExportNamedDeclaration: ['source', 'value'],
  ExportAllDeclaration: ['source', 'value'],
  ImportExpression: ['source', 'value'],
  TSImportType: ['source', 'value'],
  TSExternalModuleReference: ['expression', 'value'],
  'CallExpression[callee.name="require"]': ['arguments', '0', 'value'],
};

/**
 * Refuses whatever a file of src/ takes from outside its folder against the table: imports, exports from,
 * `import()`, `import('…')` in a type, `require`.
 *
 * @type {import('eslint').Rule.RuleModule}
 */
export const wallsRule = {
  meta: {
    type: 'problem',
    docs: { description: 'keep the walls between the folders of src/' },
    schema: [],
    messages: {
      wall: '{{from}} may not import {{what}}. {{because}} It may import {{may}}.',
      nowhere:
        '{{from}} has no row in scripts/lint/walls.mjs: say there what it may import, and why not more.',
    },
  },
  create(context) {
    const place = placeOf(context.filename);
    if (place === null) return {};
    const from = `src/${place.folder}`;
    const wall = walls[place.folder];

    /** @type {(path: readonly string[]) => (node: import('eslint').Rule.Node) => void} */
    const check = (path) => (node) => {
      const specifier = within(node, path);
      if (typeof specifier !== 'string') return;
      if (wall === undefined) {
        context.report({ node, messageId: 'nowhere', data: { from } });
        return;
      }
      const what = refused(specifier, place, wall, typesOnly(node));
      if (what === null) return;
      const data = { from, what, because: wall.because, may: may(wall) };
      context.report({ node, messageId: 'wall', data });
    };
    return Object.fromEntries(
      Object.entries(IMPORTING).map(([syntax, path]) => [syntax, check(path)]),
    );
  },
};

/** @param {import('eslint').Rule.Node} node */
function typesOnly(node) {
  const kind = within(node, ['importKind']) ?? within(node, ['exportKind']);
  return kind === 'type' || within(node, ['type']) === 'TSImportType';
}

/**
 * What stands at a path inside a node. ESLint's own types know plain JavaScript only.
 *
 * @param {unknown} node
 * @param {readonly string[]} path
 * @returns {unknown}
 */
function within(node, path) {
  const [name, ...rest] = path;
  if (name === undefined) return node;
  if (typeof node !== 'object' || node === null) return undefined;
  return within(Reflect.get(node, name), rest);
}

/** @typedef {{ source: string, file: string, folder: string }} Place `source`: the src/ it lies in; `folder`: its row */

/**
 * @param {string} file
 * @returns {Place | null}
 */
function placeOf(file) {
  const parts = file.split(path.sep);
  const at = parts.lastIndexOf('src');
  const folder = parts[at + 1];
  if (at === -1 || folder === undefined) return null;
  return { source: parts.slice(0, at + 1).join(path.sep), file, folder };
}

/**
 * What is refused about an import, in words; `null` if it is allowed.
 *
 * @param {string} specifier
 * @param {Place} place
 * @param {Wall} wall
 * @param {boolean} typeOnly
 */
function refused(specifier, place, wall, typeOnly) {
  if (specifier.startsWith('.')) {
    const target = path.resolve(path.dirname(place.file), specifier);
    const [folder = ''] = path.relative(place.source, target).split(path.sep);
    if (folder === '..') return `'${specifier}', which lies outside src/`;
    if (folder === place.folder || folderAllowed(folder, wall)) return null;
    return `'${specifier}', which is src/${folder}`;
  }
  const name = packageOf(specifier);
  if (name === 'outlast') return `'${specifier}', its own package: name the file`;
  if (wall.packages === 'any' || wall.packages.includes(name)) return null;
  if (wall.types?.includes(name) === true) {
    return typeOnly ? null : `'${specifier}' but for its types (import type)`;
  }
  return `'${specifier}'`;
}

/**
 * @param {string} folder
 * @param {Wall} wall
 */
function folderAllowed(folder, wall) {
  if (wall.folders === 'all but workflows') return folder !== 'workflows' && folder in walls;
  return wall.folders.includes(folder);
}

/**
 * The package that a specifier names; `node:` for what Node brings.
 *
 * @param {string} specifier
 */
function packageOf(specifier) {
  if (specifier.startsWith('node:') || builtinModules.includes(specifier)) return 'node:';
  const [scope = '', name = ''] = specifier.split('/');
  return scope.startsWith('@') ? `${scope}/${name}` : scope;
}

/** @param {Wall} wall */
function may(wall) {
  const folders =
    wall.folders === 'all but workflows'
      ? ['any folder but src/workflows']
      : wall.folders.map((folder) => `src/${folder}`);
  const packages = wall.packages === 'any' ? ['any dependency'] : wall.packages;
  const types = (wall.types ?? []).map((name) => `types of ${name}`);
  return ['its own folder', ...folders, ...packages, ...types]
    .join(', ')
    .replaceAll('node:', 'Node');
}
