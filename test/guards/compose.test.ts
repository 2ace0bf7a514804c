import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { resolveConfig } from '../../src/client/config.js';
import { serverArguments } from '../../src/local/arguments.js';
import { HOST, USUAL } from '../../src/local/ports.js';
import { CLOSED_RUNS_KEPT } from '../../src/local/retention.js';
import { DEFAULT_TASK_QUEUE } from '../../src/plan/contract.js';
import { milliseconds } from '../../src/plan/duration.js';
import { STOPS_WITHIN } from '../../src/worker/create-worker.js';

const root = path.resolve(import.meta.dirname, '../..');

interface Service {
  readonly image?: string;
  readonly build?: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string | null>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly restart?: string;
  readonly stop_grace_period?: string;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: unknown;
}

const text = read('docker-compose.yml');
const { services } = parse(text, { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>;
};
const guide = read('docs/deploy.md');
const dockerfile = read('Dockerfile');
const ignored = read('.dockerignore');

describe('docker-compose.yml', () => {
  test('publishes the ports where clients and browsers look, on this machine alone', () => {
    expect(published('temporal')).toEqual([HOST, USUAL.port]);
    expect(published('ui')).toEqual([HOST, USUAL.uiPort]);
    expect(Object.keys(services).filter((name) => services[name]?.ports)).toEqual([
      'temporal',
      'ui',
    ]);
  });

  test('sends the worker to its server', () => {
    const { address, namespace } = resolveConfig({}, environmentOf('worker'));
    const [host = '', port] = address.split(':');
    expect(services[host]?.ports).toEqual([expect.stringMatching(new RegExp(`:${String(port)}$`))]);
    expect(environmentOf('namespace')).toMatchObject({
      TEMPORAL_ADDRESS: address,
      TEMPORAL_NAMESPACE: namespace,
    });
    expect(environmentOf('ui')['TEMPORAL_ADDRESS']).toBe(address);
  });

  test('has the server and its tools of the version that everything is measured with', () => {
    const [, version] = /server (\d+\.\d+\.\d+)/.exec(read('ARCHITECTURE.md')) ?? [];
    expect(services['temporal']?.image).toBe(`temporalio/server:${String(version)}`);
    for (const name of ['schema', 'namespace']) {
      expect(services[name]?.image).toBe(`temporalio/admin-tools:${String(version)}`);
    }
  });

  test('pins its images', () => {
    expect(images().filter((image) => !/:\d+\.\d+(?:\.\d+)?(?:-[\w-]+)?$/.test(image))).toEqual([]);
  });

  test('gives the database, its tools and its server the same account', () => {
    const { POSTGRES_USER: user, POSTGRES_PASSWORD: password } = environmentOf('postgres');
    const schema = environmentOf('schema');
    const server = environmentOf('temporal');
    expect(schema).toMatchObject({ SQL_USER: user, SQL_PASSWORD: password });
    expect(server).toMatchObject({ POSTGRES_USER: user, POSTGRES_PWD: password });
    expect(server['DB_PORT']).toBe(schema['SQL_PORT']);
    expect(server['POSTGRES_SEEDS']).toBe(schema['SQL_HOST']);
    expect(services).toHaveProperty(String(schema['SQL_HOST']));
  });

  test('keeps closed runs for as long as the dev server does', () => {
    const kept = variables().get('RETENTION') ?? '';
    expect(milliseconds(kept as never)).toBe(CLOSED_RUNS_KEPT);
  });

  test('gives the worker the time that it takes to stop', () => {
    const grace = services['worker']?.stop_grace_period as never;
    expect(milliseconds(grace)).toBeGreaterThan(STOPS_WITHIN);
  });

  test('starts again what is to run, and waits for what has to be ready', () => {
    for (const [name, { restart, healthcheck, build }] of Object.entries(services)) {
      const runsOnce = ['schema', 'namespace'].includes(name);
      expect([name, restart]).toEqual([name, runsOnce ? 'on-failure' : 'unless-stopped']);
      if (!runsOnce && build === undefined)
        expect([name, healthcheck]).not.toEqual([name, undefined]);
    }
    const awaited = Object.values(services).flatMap((each) =>
      Object.entries(each.depends_on ?? {}),
    );
    for (const [name, { condition }] of awaited) {
      const runsOnce = services[name]?.restart === 'on-failure';
      expect([name, condition]).toEqual([
        name,
        runsOnce ? 'service_completed_successfully' : 'service_healthy',
      ]);
    }
  });

  test('mounts and runs files that are there', () => {
    const named = ['schema', 'namespace', 'temporal'].flatMap((name) =>
      [...(services[name]?.command ?? []), ...Object.values(environmentOf(name))]
        .filter((value) => value.startsWith('/deploy/'))
        .map((file) => mountedFrom(name, file)),
    );
    expect(named.map((file) => path.relative(root, file)).sort()).toEqual([
      'deploy/create-namespace.sh',
      'deploy/dynamic-config.yaml',
      'deploy/setup-schema.sh',
    ]);
    expect(named.filter((file) => !existsSync(file))).toEqual([]);
  });

  const compose = composeCommand();
  test.skipIf(compose === null)(
    `is understood by ${compose?.join(' ') ?? 'docker compose'}`,
    () => {
      const [program = '', ...args] = compose ?? [];
      const { status, stderr } = spawnSync(program, [...args, 'config', '--quiet'], {
        cwd: root,
        encoding: 'utf8',
      });
      expect([status, stderr]).toEqual([0, '']);
    },
  );
});

describe('deploy/dynamic-config.yaml', () => {
  const settings = parse(read('deploy/dynamic-config.yaml')) as Record<string, unknown>;

  test('sets nothing that the dev server of the tests does not know', () => {
    const flags = serverArguments({ ...USUAL, namespace: 'default', file: null });
    const known = flags.flatMap((flag) => /^([\w.]+)=/.exec(flag)?.[1] ?? []);
    expect(Object.keys(settings).filter((key) => !known.includes(key))).toEqual([]);
  });

  test('gives each setting one value, for everything', () => {
    for (const values of Object.values(settings))
      expect(values).toEqual([{ value: expect.anything() }]);
  });
});

describe('the Dockerfile', () => {
  test('copies what is there and what .dockerignore lets through', () => {
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)]
      .flatMap(([, files = '']) => files.split(' '))
      .filter((file) => file !== '.');
    const through = [...ignored.matchAll(/^!(.+)$/gm)].map(([, file = '']) => file);
    expect(copied.length).toBeGreaterThan(0);
    expect(copied.filter((file) => !through.some((each) => isWithin(file, each)))).toEqual([]);
    expect([...copied, ...through].filter((file) => !existsSync(path.join(root, file)))).toEqual(
      [],
    );
  });

  test('starts the program that `npm run worker` starts, compiled', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const { compilerOptions, files } = JSON.parse(read('deploy/tsconfig.json')) as {
      compilerOptions: { rootDir: string; outDir: string };
      files: string[];
    };
    const [source = ''] = files.map((file) => path.join('deploy', file));
    expect(scripts['worker']).toContain(` ${source}`);
    const sources = path.join('deploy', compilerOptions.rootDir);
    const outputs = path.join('deploy', compilerOptions.outDir);
    const output = path.join(outputs, path.relative(sources, source)).replace(/\.ts$/, '.js');
    expect(argumentsOf('CMD')).toEqual(['node', output]);
  });

  test("asks for its worker's health by a file that is copied, on the queue that it serves", () => {
    const [, file = '', queue] = argumentsOf('HEALTHCHECK');
    expect(dockerfile).toContain(`COPY ${file} `);
    expect(queue).toBe(DEFAULT_TASK_QUEUE);
  });

  test('has the packages that its worker imports', () => {
    const { dependencies } = JSON.parse(read('package.json')) as {
      dependencies: Record<string, string>;
    };
    const there = ['outlast', ...Object.keys(dependencies), ...copiedPackages()];
    const missing = packagesOf('examples/worker.ts').filter((name) => !there.includes(name));
    expect(missing).toEqual([]);
  });

  test('runs as a user without rights, on a Node that the package supports', () => {
    expect(dockerfile).toMatch(/^USER node$/m);
    const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } };
    const versions = [...dockerfile.matchAll(/^FROM node:(\d+)\.(\d+)/gm)];
    const [, major, minor] = /^>=(\d+)\.(\d+)$/.exec(engines.node) ?? [];
    expect(versions).toHaveLength(2);
    for (const [, ...version] of versions) {
      expect(version[0]).toBe(major);
      expect(Number(version[1])).toBeGreaterThanOrEqual(Number(minor));
    }
  });
});

describe('docs/deploy.md', () => {
  test('names each service with its image', () => {
    for (const [name, { image }] of Object.entries(services)) {
      const row = guide.split('\n').find((line) => line.startsWith(`| \`${name}\` `));
      expect([name, row]).toEqual([name, expect.stringContaining(image ?? 'Dockerfile')]);
    }
  });

  test('and .env.example have the variables of docker-compose.yml, with their defaults', () => {
    const ours = Object.fromEntries(variables());
    expect(Object.fromEntries(envExample())).toEqual(ours);
    const section = guide.split('### What can be set')[1]?.split('\n### ')[0] ?? '';
    const rows = [...section.matchAll(/^\| `(\w+)` .*\| (?:`([^`]+)`|none) +\|$/gm)];
    expect(Object.fromEntries(rows.map(([, name, value = '']) => [name, value]))).toEqual(ours);
  });

  test('has the variables that the client reads', () => {
    const ours = read('src/client/config.ts');
    const theirs = read('node_modules/@temporalio/envconfig/lib/envconfig-toml.js');
    const section = guide.split('## The connection')[1]?.split('\n## ')[0] ?? '';
    const named = [...section.matchAll(/^\| (`TEMPORAL_.*?) \|/gm)].flatMap(([, names = '']) => [
      ...names.matchAll(/\w+/g),
    ]);
    expect(named.length).toBeGreaterThan(8);
    expect(
      named.map(([name]) => name).filter((name) => !(ours + theirs).includes(`'${name}'`)),
    ).toEqual([]);
  });
});

/** Where a service can be reached unless variables say otherwise. */
function published(name: string): [string, number] {
  const [port = ''] = services[name]?.ports ?? [];
  const [host = '', number] = withDefaults(port).split(':');
  return [host, Number(number)];
}

function environmentOf(name: string): Record<string, string> {
  const given = Object.entries(services[name]?.environment ?? {});
  return Object.fromEntries(
    given.flatMap(([key, value]) => (value === null ? [] : [[key, withDefaults(value)]])),
  );
}

function images(): string[] {
  const used = Object.values(services).flatMap(({ image }) => image ?? []);
  return [...used, ...[...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, image = '']) => image)];
}

/** What docker-compose.yml takes from outside, with the defaults; `''` for none. */
function variables(): Map<string, string> {
  const found = new Map<string, string>();
  for (const [, name = '', value = ''] of text.matchAll(/\$\{(\w+):-([^}]*)\}/g)) {
    expect([name, found.get(name) ?? value]).toEqual([name, value]);
    found.set(name, value);
  }
  for (const { environment = {} } of Object.values(services)) {
    for (const [name, value] of Object.entries(environment))
      if (value === null) found.set(name, '');
  }
  return found;
}

function envExample(): Map<string, string> {
  const lines = read('.env.example').matchAll(/^(?:# )?([A-Z_]+)=(.*)$/gm);
  return new Map([...lines].map(([, name = '', value = '']) => [name, value]));
}

function withDefaults(value: string): string {
  return value.replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1');
}

/** The file of this repository that a service has under that name. */
function mountedFrom(name: string, file: string): string {
  for (const volume of services[name]?.volumes ?? []) {
    const [source = '', target = ''] = volume.split(':');
    if (isWithin(file, target)) return path.join(root, source, path.relative(target, file));
  }
  return file;
}

function isWithin(file: string, folder: string): boolean {
  return file === folder || file.startsWith(`${folder}/`);
}

function argumentsOf(instruction: 'CMD' | 'HEALTHCHECK'): string[] {
  const [, list = '[]'] = new RegExp(`^${instruction}.*?(\\[.*\\])$`, 'm').exec(dockerfile) ?? [];
  return JSON.parse(list) as string[];
}

function copiedPackages(): string[] {
  const copies = dockerfile.matchAll(/^COPY --from=build \S+ node_modules\/(\S+)$/gm);
  return [...copies].map(([, name = '']) => name);
}

/** The packages that a program imports, itself or through its own files. */
function packagesOf(file: string, seen = new Set<string>()): string[] {
  if (seen.has(file)) return [];
  seen.add(file);
  const imports = read(file).matchAll(/^(?:import|export|\}) ?(?!type\b).*?from '([^']+)'/gm);
  return [...imports].flatMap(([, name = '']) => {
    if (name.startsWith('node:')) return [];
    if (!name.startsWith('.')) return /^(?:@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? [];
    return packagesOf(path.join(path.dirname(file), name.replace(/\.js$/, '.ts')), seen);
  });
}

/** Whichever there is; `null` for none. */
function composeCommand(): readonly string[] | null {
  const commands = [['docker-compose'], ['docker', 'compose']];
  return (
    commands.find(
      ([program = '', ...args]) => spawnSync(program, [...args, 'version']).status === 0,
    ) ?? null
  );
}

function read(file: string): string {
  return readFileSync(path.join(root, file), 'utf8');
}
