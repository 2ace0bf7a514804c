import { describe, expect, test } from 'vitest';
import { run, withoutLog } from './program.js';

describe('programs of agents', () => {
  test.each([
    ['agent.ts', 'Bees dance to tell each other where flowers are.'],
    ['assistants.ts', 'Posso ajudar em mais alguma coisa?\n{\n  turns: 4,'],
    ['scripted-agent.ts', 'They dance.\nall about bees\n'],
    ['recorded-agent.ts', 'They dance.\n<instructions>\nAnswer from the notes alone'],
    ['team.ts', 'Bees / She danced, and all the hive knew where.\nTeamRunStarted Poets\n'],
  ])('%s', async (program, text) => {
    const { code, stdout, stderr } = await run(program);
    expect(withoutLog(stderr)).toBe('');
    expect(stdout).toContain(text);
    expect(code).toBe(0);
  });
});
