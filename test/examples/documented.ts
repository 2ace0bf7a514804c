/** A program of examples/ and what a document says that it prints. */
export interface Documented {
  readonly program: string;
  readonly output: string;
}

/** The program of which a piece of a document shows how it is started, then what it prints. */
export function documentedIn(text: string): Documented | null {
  const [, program] = /^node --import tsx examples\/(\S+)$/m.exec(text) ?? [];
  const [, output] = /^```text\n([\s\S]*?)\n```$/m.exec(text) ?? [];
  return program === undefined || output === undefined ? null : { program, output };
}

/** An output in which `…` stands for a word or a part of one, or on a line of its own for any lines. */
export function patternOf(output: string): RegExp {
  const lines = output.split('\n').map((line) => {
    if (line === '…') return '(?:.*\\n)*';
    const parts = line.split('…').map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
    return `${parts.join('\\S+')}\\n`;
  });
  return new RegExp(`^${lines.join('')}$`);
}
