import { expect, test } from 'vitest';
import { serverArguments } from '../../src/local/arguments.js';

const inMemory = { port: 17_233, uiPort: 18_233, namespace: 'shop', file: null };

test('the server listens on this machine alone, on its two ports', () => {
  expect(valuesOf('--ip', inMemory)).toEqual(['127.0.0.1']);
  expect(valuesOf('--port', inMemory)).toEqual(['17233']);
  expect(valuesOf('--ui-port', inMemory)).toEqual(['18233']);
});

test('the server has the namespace', () => {
  expect(valuesOf('--namespace', inMemory)).toEqual(['shop']);
});

test('the server keeps nothing without a file', () => {
  expect(valuesOf('--db-filename', inMemory)).toEqual([]);
  expect(valuesOf('--sqlite-pragma', inMemory)).toEqual([]);
});

test('a file is named from its folder, so that no other name on the way to it gets into a URL', () => {
  const kept = { ...inMemory, file: '/home/me/C#/workflow.db' };
  expect(valuesOf('--db-filename', kept)).toEqual(['./workflow.db']);
});

test('a file belongs to one server alone', () => {
  const kept = { ...inMemory, file: '/home/me/workflow.db' };
  expect(valuesOf('--sqlite-pragma', kept)).toContain('locking_mode=EXCLUSIVE');
});

test('every dynamic value is JSON, as the server reads it', () => {
  for (const value of valuesOf('--dynamic-config-value', inMemory)) {
    expect(() => JSON.parse(value.slice(value.indexOf('=') + 1)) as unknown, value).not.toThrow();
  }
});

function valuesOf(flag: string, settings: Parameters<typeof serverArguments>[0]): string[] {
  const args = serverArguments(settings);
  return args.filter((_, at) => args[at - 1] === flag);
}
