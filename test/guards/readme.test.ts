import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
const documents = ['README.md', ...markdownIn('docs')];

describe('every block of code is a program of examples/', () => {
  const programs = programsIn('examples');

  test.each(documents)('%s', (document) => {
    const code = blocksOf(read(document), ['ts', 'typescript', 'js', 'javascript']);
    expect(code.filter((block) => !programs.some((program) => contains(program, block)))).toEqual(
      [],
    );
  });
});

describe('every npm command exists', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

  test.each(documents)('%s', (document) => {
    const shell = blocksOf(read(document), ['sh', 'bash', 'shell', 'console']).join('\n');
    const named = [...shell.matchAll(/\bnpm run (?:--?\S+ )*([\w:-]+)/g)].map(
      ([, name]) => name ?? '',
    );
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});

describe('every link leads somewhere', () => {
  const pages = new Map(['CONTRIBUTING.md', 'ARCHITECTURE.md', ...documents].map(parts));

  test.each([...pages.keys()])('%s', (document) => {
    const dead = linksOf(read(document)).filter((link) => {
      const [target = '', heading] = link.split('#');
      const file = target === '' ? document : path.join(path.dirname(document), target);
      if (!existsSync(path.join(root, file))) return true;
      return heading !== undefined && pages.get(file)?.has(heading) !== true;
    });
    expect(dead).toEqual([]);
  });
});

test.each(documents)('%s holds nothing that a merge has left', (document) => {
  expect(read(document)).not.toMatch(/^[>| ]*(?:<{4,}|={7}|(?:> ?){4,})/m);
});

test('a block that is not in the program, or not in one piece, is found', () => {
  const program = 'function f() {\n  const a = 1;\n\n  if (a) {\n    g();\n  }\n}\n';
  expect(contains(program, 'const a = 1;\n\nif (a) {\n  g();\n}')).toBe(true);
  expect(contains(program, 'const a = 2;')).toBe(false);
  expect(contains(program, 'const a = 1;\ng();')).toBe(false);
  expect(contains(program, 'if (a) {\ng();\n}')).toBe(false);
  expect(contains(program, 'a = 1;')).toBe(false);
});

/** Whether the lines of `block` stand in `program` in one piece, all of them indented by the same space. */
function contains(program: string, block: string): boolean {
  const lines = program.split('\n');
  const wanted = block.split('\n');
  return lines.some((first, at) => {
    const indent = /^ */.exec(first)?.[0] ?? '';
    return wanted.every(
      (line, offset) => lines[at + offset] === (line === '' ? '' : indent + line),
    );
  });
}

/** The fenced blocks of a document in one of the languages, without their fences. */
function blocksOf(document: string, languages: readonly string[]): string[] {
  const fences = document.matchAll(/^( *)```(\w*)[^\n]*\n([\s\S]*?)^ *```$/gm);
  return [...fences]
    .filter(([, , language = '']) => languages.includes(language))
    .map(([, indent = '', , code = '']) =>
      code.replaceAll(new RegExp(`^${indent}`, 'gm'), '').trimEnd(),
    );
}

/** A document and the names by which its headings are linked to. */
function parts(document: string): [string, ReadonlySet<string>] {
  const headings = read(document).matchAll(/^#+ (.+)$/gm);
  const names = [...headings].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  );
  return [document, new Set(names)];
}

/** The relative links of a document. */
function linksOf(document: string): string[] {
  const links = document.matchAll(/\]\(([^)\s]+)\)/g);
  return [...links].map(([, link = '']) => link).filter((link) => !/^[a-z]+:/.test(link));
}

function programsIn(folder: string): string[] {
  return filesUnder(folder)
    .filter((file) => /\.(?:ts|mts|cts|js|mjs|cjs)$/.test(file))
    .map(read);
}

function markdownIn(folder: string): string[] {
  return filesUnder(folder).filter((file) => file.endsWith('.md') && !file.startsWith('docs/api/'));
}

function filesUnder(folder: string): string[] {
  return readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    .filter((file) => !file.includes('node_modules'));
}

function read(file: string): string {
  return readFileSync(path.join(root, file), 'utf8');
}
