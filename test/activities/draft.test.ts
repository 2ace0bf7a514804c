import { describe, expect, test } from 'vitest';
import { Draft } from '../../src/activities/draft.js';
import { MAX_PARTIAL_TOOLS, PARTIAL_BYTES } from '../../src/plan/limits.js';

function draftOf(...texts: readonly string[]): Draft {
  const draft = new Draft();
  for (const text of texts) draft.add({ kind: 'text', text });
  return draft;
}

describe('what heartbeats tell of a turn', () => {
  test('is its text, thoughts and tools so far', () => {
    const draft = draftOf('Let me', ' see.');
    draft.add({ kind: 'reasoning', text: 'Hm.' });
    draft.add({ kind: 'tool', name: 'clock' });
    expect(draft.partial(2)).toEqual({
      ...{ attempt: 2, offset: 0, text: 'Let me see.' },
      ...{ reasoning: { offset: 0, text: 'Hm.' }, toolCalls: ['clock'] },
    });
    expect(draftOf('a').partial(1)).toEqual({ attempt: 1, offset: 0, text: 'a' });
  });

  test('is the end of a long text, and where it stands', () => {
    const whole = Array.from({ length: 2_000 }, (_, index) => `${String(index)} `);
    const { offset, text } = draftOf(...whole).partial(1);
    expect(Buffer.byteLength(text)).toBe(PARTIAL_BYTES);
    expect(whole.join('').slice(offset)).toBe(text);
  });

  test.each([
    ['two bytes', 'é'],
    ['three bytes', '語'],
    ['two halves', '🐝'],
    ['two halves, off by one', 'x🐝'],
  ])('is cut between characters of %s', (_, character) => {
    const whole = `${character}${'🐝é語x'.repeat(3_000)}`;
    const { offset, text } = draftOf(whole).partial(1);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(PARTIAL_BYTES);
    expect(Buffer.byteLength(text)).toBeGreaterThan(PARTIAL_BYTES - 4);
    expect(whole.slice(offset)).toBe(text);
    expect(text).not.toMatch(/\p{Surrogate}/u);
  });

  test('has half a character once the other half has come', () => {
    const draft = draftOf('a\ud83d');
    expect(draft.partial(1).text).toBe('a');
    draft.add({ kind: 'text', text: '\udc1d' });
    expect(draft.partial(1).text).toBe('a🐝');
  });

  test('begins anew with another model', () => {
    const draft = draftOf('half an');
    draft.add({ kind: 'tool', name: 'clock' });
    draft.add({ kind: 'begun', model: 'acme/two' });
    expect(draft.isEmpty).toBe(true);
    draft.add({ kind: 'text', text: 'whole' });
    expect(draft.partial(1)).toEqual({ attempt: 1, model: 'acme/two', offset: 0, text: 'whole' });
  });

  test('names the first tools alone', () => {
    const draft = new Draft();
    for (let nth = 0; nth < 100; nth++) draft.add({ kind: 'tool', name: `f${String(nth)}` });
    expect(draft.partial(1).toolCalls).toHaveLength(MAX_PARTIAL_TOOLS);
  });
});
