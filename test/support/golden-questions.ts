import type { Json, JsonObject, StepInput, StepResult } from '../../src/index.js';
import { opOf, twoOf } from './golden-case.js';
import { cur, show } from './golden-ops.js';

/** What the engine hands to evaluators, selectors and a ForEach's function, beside the input. */
interface QuestionContext {
  readonly sessionState: Readonly<JsonObject>;
}

type Question<T> = (input: StepInput, context: QuestionContext) => T;

/** A Condition's evaluator. */
export function evaluatorOf(text: string): Question<boolean> {
  const { op, argument } = opOf(text);
  return (input, { sessionState }) => {
    switch (op) {
      case 'true':
        return true;
      case 'false':
        return false;
      case 'contains':
        return cur({ input }).includes(argument);
      case 'input_contains':
        return (input.getInputAsString() ?? '').includes(argument);
      case 'previous_equals':
        return show(input.previousStepContent) === argument;
      case 'all_contains':
        return input.getAllPreviousContent().includes(argument);
      case 'state_gte': {
        const [key, bound] = twoOf(argument, '=');
        return Number(sessionState[key] ?? 0) >= Number(bound);
      }
      case 'return_raw':
        return JSON.parse(argument) as boolean;
      default:
        return raise(op, argument);
    }
  };
}

/** A Loop's end condition. */
export function endConditionOf(text: string): (outputs: readonly StepResult[]) => boolean {
  const { op, argument } = opOf(text);
  return (outputs) => {
    const last = show(outputs.at(-1)?.content);
    switch (op) {
      case 'never':
        return false;
      case 'always':
        return true;
      case 'any_contains':
        return outputs.some(({ content }) => show(content).includes(argument));
      case 'last_contains':
        return outputs.length > 0 && last.includes(argument);
      case 'count_gte':
        return outputs.length >= Number(argument);
      case 'last_length_gte':
        return outputs.length > 0 && last.length >= Number(argument);
      default:
        return raise(op, argument);
    }
  };
}

/** A Router's selector, which knows the names of the choices. */
export function selectorOf(
  text: string,
  choices: readonly string[],
): Question<string | string[] | null> {
  const { op, argument } = opOf(text);
  return (input, { sessionState }) => {
    switch (op) {
      case 'pick':
        return argument.split(',');
      case 'pick_one':
        return argument;
      case 'pick_empty':
        return [];
      case 'pick_null':
        return null;
      case 'pick_by_input':
        return ruled(argument, input.getInputAsString() ?? '');
      case 'pick_by_previous':
        return ruled(argument, cur({ input }));
      case 'pick_by_state':
        return choices.filter((name) => name === sessionState[argument]).slice(0, 1);
      default:
        return raise(op, argument);
    }
  };
}

/** What gives the items of a ForEach. */
export function itemsOf(text: string): Question<Json[]> {
  const { op, argument } = opOf(text);
  return (input) => {
    switch (op) {
      case 'list':
        return JSON.parse(argument) as Json[];
      case 'split':
        return cur({ input }).split(argument);
      default:
        return raise(op, argument);
    }
  };
}

/** `SUB=a|SUB2=b,c|*=d`: what the first rule names whose part is in the text. */
function ruled(rules: string, text: string): string[] {
  const rule = rules
    .split('|')
    .map((each) => twoOf(each, '='))
    .find(([part]) => part === '*' || text.includes(part));
  return rule?.[1].split(',') ?? [];
}

function raise(op: string, argument: string): never {
  throw new Error(op === 'raise' ? argument : `There is no '${op}'.`);
}
