/** Programs as a search for the CLI may meet them: shell scripts, each in place of a whole binary. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Writes a `temporal` that answers `--version`, and says where it is. */
export function temporalAt(file: string, version: string): string {
  return script(file, `echo 'temporal version ${version} (Server 1.0.0, UI 2.0.0)'`);
}

/** Writes an executable shell script, and says where it is. */
export function script(file: string, ...lines: readonly string[]): string {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, ['#!/bin/sh', ...lines, ''].join('\n'));
  chmodSync(file, 0o755);
  return file;
}

/** A `python3` whose pip installs a `temporal` of that version, and knows neither network nor any other package. */
export function pythonAt(file: string, version: string): string {
  return script(
    file,
    'PATH=/usr/bin:/bin',
    'while [ $# -gt 0 ]; do',
    '  [ "$1" = --version ] && echo "pip 1.0" && exit',
    '  [ "$1" = --target ] && folder=$2',
    '  shift',
    'done',
    'mkdir -p "$folder/bin"',
    `printf '#!/bin/sh\\necho "temporal version ${version}"\\n' > "$folder/bin/temporal"`,
    'chmod +x "$folder/bin/temporal"',
  );
}
