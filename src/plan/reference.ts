declare const brand: unique symbol;

/**
 * Names a node within its workflow: the names on the way to it, joined by `/`. Never a position, so a node that is
 * inserted or moved leaves open runs alone. Recorded in histories.
 */
export type Reference = string & { readonly [brand]: 'Reference' };

/**
 * Names one call of a node in a run. It is the Temporal activity ID: a step's is `REFERENCE#PASS`, that of an agent's
 * third turn `REFERENCE#PASS/turn/3`, and of the second tool that this turn asks for `REFERENCE#PASS/call/3.2`.
 */
export type CallId = string & { readonly [brand]: 'CallId' };

/**
 * Which passes of the loops around a node this is, outermost first, joined by `.`; none outside loops, where calls have
 * the pass 1.
 */
export type Pass = string & { readonly [brand]: 'Pass' };

export const NO_PASS = '' as Pass;

/** A pass within the one around it, from 1: an iteration of a loop, an item of a ForEach. */
export function passWithin(around: Pass, nth: number): Pass {
  return (around === NO_PASS ? String(nth) : `${around}.${String(nth)}`) as Pass;
}

/** The innermost iteration that a pass is; `null` outside loops. */
export function iterationOf(pass: Pass): number | null {
  return pass === NO_PASS ? null : Number(pass.slice(pass.lastIndexOf('.') + 1));
}

/** The reference of a child. `nth` tells siblings of one name apart: 1 for the first, which goes without a number. */
export function childReference(parent: Reference | null, name: string, nth: number): Reference {
  const segment = segmentOf(name, nth);
  return (parent === null ? segment : `${parent}/${segment}`) as Reference;
}

/** What a child's reference ends with. */
export function segmentOf(name: string, nth: number): string {
  return nth === 1 ? encoded(name) : `${encoded(name)}#${String(nth)}`;
}

export function lastSegment(reference: Reference): string {
  return reference.slice(reference.lastIndexOf('/') + 1);
}

export function callId(reference: Reference, pass: Pass): CallId {
  return `${reference}#${pass === NO_PASS ? '1' : pass}` as CallId;
}

/** A turn of an agent, from 1. */
export function turnId(reference: Reference, pass: Pass, turn: number): CallId {
  return `${callId(reference, pass)}/turn/${String(turn)}` as CallId;
}

/**
 * A tool call of an agent's turn, from 1. Models name their calls themselves, but not all do so without repeating
 * themselves.
 */
export function toolId(reference: Reference, pass: Pass, turn: number, index: number): CallId {
  return `${callId(reference, pass)}/call/${String(turn)}.${String(index)}` as CallId;
}

/** How the calls of a node's passes are told: what they have in common, and each one's last pass. `null` for an agent's. */
export function passOf(call: CallId): { readonly stem: string; readonly nth: number } | null {
  const match = /^(.*#(?:\d+\.)*)(\d+)$/s.exec(call);
  return match === null ? null : { stem: match[1] ?? '', nth: Number(match[2]) };
}

/** Which passes of the loops around it a call is of, outermost first; `1` alone outside loops. */
export function passesOf(call: CallId): readonly string[] {
  const [passes = ''] = call.slice(call.lastIndexOf('#') + 1).split('/');
  return passes.split('.');
}

/** A call and those of the same node whose last pass is a later one, up to `to`. */
export function callsUpTo(call: CallId, to: number): CallId[] {
  const pass = passOf(call);
  if (pass === null) return [call];
  const { stem, nth } = pass;
  return Array.from(
    { length: to - nth + 1 },
    (_, index) => `${stem}${String(nth + index)}` as CallId,
  );
}

/** The turn that a call is of or that asks for it; `null` for a step's. */
export function turnOf(call: CallId): number | null {
  const turn = /\/(?:turn|call)\/(\d+)(?:\.\d+)?$/.exec(call.slice(call.lastIndexOf('#')))?.[1];
  return turn === undefined ? null : Number(turn);
}

/** Whether a call is an agent's turn, not a tool that one asks for. */
export function isTurn(call: CallId): boolean {
  return /\/turn\/\d+$/.test(call.slice(call.lastIndexOf('#')));
}

/** The node that a call is of. */
export function referenceOf(call: CallId): Reference {
  return call.slice(0, call.lastIndexOf('#')) as Reference;
}

/** The name of a node, which ends its reference. */
export function lastName(reference: Reference): string {
  const [own = ''] = lastSegment(reference).split('#');
  return decodeURIComponent(own);
}

/**
 * What a worker's registry knows a node by. Of a step it is the Temporal activity type too, by which the Web UI, metrics
 * and the CLI name it.
 */
export function activityType(workflowName: string, reference: Reference): string {
  return `${encoded(workflowName)}/${reference}`;
}

/** The Temporal activity type of an agent's turns. */
export function turnType(agent: string): string {
  return `${encoded(agent)}/turn`;
}

/** The agent whose turns have such an activity type. */
export function agentOf(activityType: string): string {
  return decodeURIComponent(activityType.slice(0, activityType.lastIndexOf('/')));
}

/** The Temporal activity type of an agent's calls of a tool. */
export function toolType(agent: string, tool: string): string {
  return `${encoded(agent)}/tool/${encoded(tool)}`;
}

/** The tool that a call with such an activity type is of; `null` for a turn or a step. */
export function toolOf(call: CallId, activityType: string): string | null {
  return call.slice(call.lastIndexOf('#')).includes('/call/')
    ? decodeURIComponent(activityType.slice(activityType.lastIndexOf('/') + 1))
    : null;
}

function encoded(name: string): string {
  return name.replace(/[%/#]/g, (character) => encodeURIComponent(character));
}

/** A reference as people read it: `Research / Web`. */
export function readable(reference: string): string {
  return reference.split('/').map(decodeURIComponent).join(' / ');
}
