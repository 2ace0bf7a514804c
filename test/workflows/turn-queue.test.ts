import { expect, test } from 'vitest';
import type { SessionSignal, Turn } from '../../src/plan/session.js';
import { TurnQueue } from '../../src/workflows/turn-queue.js';

const NOW = 10_000;

function asks(turn: string, startedAt: number): Extract<SessionSignal, { kind: 'enqueue' }> {
  return { kind: 'enqueue', turn, runId: `run ${turn}`, startedAt };
}

/** Whoever gets the turn, one after the other, each as soon as it is free. */
function order(queue: TurnQueue): string[] {
  const turns: string[] = [];
  for (let next = queue.next(NOW); next !== null; next = queue.next(NOW)) {
    queue.give(next);
    turns.push(next.turn);
    queue.leave(next.turn);
  }
  return turns;
}

test('the turn goes in the order of starts, whatever the order in which runs ask', () => {
  const queue = new TurnQueue();
  for (const signal of [asks('c', 3), asks('a', 1), asks('b2', 2), asks('b1', 2), asks('a', 1)])
    queue.take(signal);
  expect(order(queue)).toEqual(['a', 'b1', 'b2', 'c']);
  expect(queue.isEmpty).toBe(true);
});

test('a free turn waits until a run that started earlier has had time to ask', () => {
  const queue = new TurnQueue();
  queue.take(asks('young', NOW - 50));
  expect(queue.next(NOW)).toBeNull();
  expect(queue.wait(NOW)).toBe(150);
  queue.take(asks('earlier', NOW - 60));
  expect(queue.next(NOW + 150)?.turn).toBe('earlier');
});

test('whoever has the turn keeps it until its run is over', () => {
  const queue = new TurnQueue();
  queue.take(asks('a', 1));
  queue.give(queue.next(NOW) as Turn);
  queue.take(asks('b', 0));
  expect(queue.next(NOW)).toBeNull();
  expect(queue.isContended).toBe(true);
  const handedOn = new TurnQueue(queue.snapshot());
  handedOn.take({ kind: 'store', turn: 'a' });
  expect(order(handedOn)).toEqual(['b']);
});

test('a run that has the turn and asks again is told again; one that is over no longer waits', () => {
  const queue = new TurnQueue();
  queue.take(asks('a', 1));
  queue.give(queue.next(NOW) as Turn);
  queue.take(asks('b', 2));
  queue.take(asks('a', 1));
  queue.take({ kind: 'store', turn: 'b' });
  expect(order(queue)).toEqual(['a']);
});

test('a run that has the turn and asks again keeps it, whoever else has come', () => {
  const queue = new TurnQueue();
  queue.take(asks('late', 2));
  queue.give(queue.next(NOW) as Turn);
  queue.take(asks('early', 1));
  queue.take(asks('late', 2));
  const again = queue.next(NOW);
  expect(again?.turn).toBe('late');
  queue.give(again as Turn);
  expect(queue.next(NOW)).toBeNull();
  queue.leave('late');
  expect(order(queue)).toEqual(['early']);
});

test('a signal that nobody understands is left aside', () => {
  const queue = new TurnQueue();
  for (const junk of [null, undefined, {}, { kind: 'enqueue' }, { kind: 'store' }, 'text'])
    queue.take(junk as SessionSignal);
  expect(queue.isEmpty).toBe(true);
});
