declare const brand: unique symbol;

/**
 * Names a node within its workflow: the names on the way to it, joined by `/`. Never a position, so a node that is
 * inserted or moved leaves open runs alone. Recorded in histories.
 */
export type Reference = string & { readonly [brand]: 'Reference' };

/** Names one call of a node in a run: `REFERENCE#PASS`. It is the Temporal activity ID. */
export type CallId = string & { readonly [brand]: 'CallId' };

/** Which passes of the loops around a node this is, outermost first, joined by `.`; `'1'` outside loops. */
export type Pass = string & { readonly [brand]: 'Pass' };

export const FIRST_PASS = '1' as Pass;

/** The reference of a child. `nth` tells siblings of one name apart: 1 for the first, which goes without a number. */
export function childReference(parent: Reference | null, name: string, nth: number): Reference {
  const segment = nth === 1 ? encoded(name) : `${encoded(name)}#${String(nth)}`;
  return (parent === null ? segment : `${parent}/${segment}`) as Reference;
}

export function callId(reference: Reference, pass: Pass): CallId {
  return `${reference}#${pass}` as CallId;
}

/** The node that a call is of. */
export function referenceOf(call: CallId): Reference {
  return call.slice(0, call.lastIndexOf('#')) as Reference;
}

/** The name of a node, which ends its reference. */
export function lastName(reference: Reference): string {
  const [own = ''] = (reference.split('/').at(-1) ?? '').split('#');
  return decodeURIComponent(own);
}

/** The Temporal activity type of a step, by which the Web UI, metrics and the CLI name it. */
export function activityType(workflowName: string, reference: Reference): string {
  return `${encoded(workflowName)}/${reference}`;
}

function encoded(name: string): string {
  return name.replace(/[%/#]/g, (character) => encodeURIComponent(character));
}

/** A reference as people read it: `Research / Web`. */
export function readable(reference: string): string {
  return reference.split('/').map(decodeURIComponent).join(' / ');
}
