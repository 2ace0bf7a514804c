import { opOf, twoOf, type Json } from '../golden-case.js';
import { cur } from './executors.js';
import type { Result } from './result.js';
import { show } from './values.js';
import type { View } from './view.js';

/** What a Condition's evaluator answers, whatever it is. */
export function evaluated(evaluator: string | boolean, view: View): Json {
  if (typeof evaluator === 'boolean') return evaluator;
  const { op, argument } = opOf(evaluator);
  switch (op) {
    case 'true':
      return true;
    case 'false':
      return false;
    case 'contains':
      return cur(view).includes(argument);
    case 'input_contains':
      return (view.inputText ?? '').includes(argument);
    case 'previous_equals':
      return show(view.flow) === argument;
    case 'all_contains':
      return view.allContent.includes(argument);
    case 'state_gte': {
      const [key, bound] = twoOf(argument, '=');
      return Number(view.state[key] ?? 0) >= Number(bound);
    }
    case 'return_raw':
      return JSON.parse(argument) as Json;
    default:
      return raised(op, argument);
  }
}

/** Whether a Loop's end condition is satisfied by the outputs of an iteration. */
export function isSatisfied(condition: string, outputs: readonly Result[]): boolean {
  const { op, argument } = opOf(condition);
  const last = outputs.at(-1);
  switch (op) {
    case 'never':
      return false;
    case 'always':
      return true;
    case 'any_contains':
      return outputs.some(({ content }) => show(content).includes(argument));
    case 'last_contains':
      return last !== undefined && show(last.content).includes(argument);
    case 'count_gte':
      return outputs.length >= Number(argument);
    case 'last_length_gte':
      return last !== undefined && show(last.content).length >= Number(argument);
    default:
      return raised(op, argument);
  }
}

/** The names that a Router's selector gives, in order. Only by the state it looks at which `choices` there are. */
export function selected(
  selector: string,
  view: View,
  choices: readonly string[],
): readonly string[] {
  const { op, argument } = opOf(selector);
  switch (op) {
    case 'pick':
      return argument.split(',');
    case 'pick_one':
      return [argument];
    case 'pick_empty':
    case 'pick_null':
      return [];
    case 'pick_by_input':
      return ruled(argument, view.inputText ?? '');
    case 'pick_by_previous':
      return ruled(argument, cur(view));
    case 'pick_by_state': {
      const name = view.state[argument];
      return choices.filter((choice) => choice === name).slice(0, 1);
    }
    default:
      return raised(op, argument);
  }
}

/** The names of the first rule whose part is in the text: `SUB=a|SUB2=b,c|*=d`. */
function ruled(rules: string, text: string): readonly string[] {
  const rule = rules
    .split('|')
    .map((each) => twoOf(each, '='))
    .find(([part]) => part === '*' || text.includes(part));
  return rule === undefined ? [] : rule[1].split(',');
}

/** What a ForEach's function gives: items, if it is a list. */
export function listed(items: string, view: View): Json {
  const { op, argument } = opOf(items);
  switch (op) {
    case 'list':
    case 'return_raw':
      return JSON.parse(argument) as Json;
    case 'split':
      return cur(view).split(argument);
    default:
      return raised(op, argument);
  }
}

function raised(op: string, argument: string): never {
  throw new Error(op === 'raise' ? argument : `There is no '${op}'.`);
}
