import type { ModelDelta } from '../../plan/model.js';
import {
  textOf,
  type Completion,
  type CompletionCall,
  type CompletionMessage,
} from './completion.js';

/** A piece of a completion, as far as it is read. */
interface Chunk extends Omit<Completion, 'choices'> {
  readonly choices?:
    | readonly ({
        readonly index?: unknown;
        readonly delta?: Delta | null;
        readonly finish_reason?: unknown;
        readonly error?: unknown;
      } | null)[]
    | null;
}

interface Delta extends CompletionMessage {
  /** As DeepSeek, vLLM and llama.cpp call what a model thinks. */
  readonly reasoning_content?: unknown;
  /** As OpenRouter, Groq and Ollama do. */
  readonly reasoning?: unknown;
}

interface DeltaCall extends CompletionCall {
  readonly index?: unknown;
}

interface Call {
  readonly index: unknown;
  id: unknown;
  name: unknown;
  arguments: unknown;
}

/** Makes one completion of its pieces. */
export class Assembly {
  #text = '';
  #refusal = '';
  readonly #calls: Call[] = [];
  #finish: unknown = null;
  #error: unknown = null;
  #usage: NonNullable<Completion['usage']> | null = null;
  #hasMessage = false;

  /** @param tell Is given what is new of the text, of the thoughts, and of the tools. */
  constructor(readonly tell: (delta: ModelDelta) => void) {}

  /** A server has said why its answer ends, or that it fails: nothing of it is missing. */
  get hasEnded(): boolean {
    return this.#finish !== null || this.#error !== null;
  }

  add(given: unknown): void {
    const chunk: Chunk = typeof given === 'object' && given !== null ? given : {};
    this.#error = chunk.error ?? this.#error;
    // Some servers tell what it has been so far with each piece.
    this.#usage = chunk.usage ?? this.#usage;
    const choice = chunk.choices?.find((each) => (each?.index ?? 0) === 0);
    this.#error = choice?.error ?? this.#error;
    this.#finish = choice?.finish_reason ?? this.#finish;
    if (choice?.delta) this.#write(choice.delta);
  }

  /** In the form of an answer that isn't streamed. */
  whole(): Completion {
    const message: CompletionMessage = {
      content: this.#text,
      refusal: this.#refusal,
      tool_calls: this.#calls.map(({ id, name, arguments: args }) => ({
        id,
        function: { name, arguments: args },
      })),
    };
    return {
      choices: this.#hasMessage ? [{ message, finish_reason: this.#finish }] : [],
      usage: this.#usage,
      error: this.#error,
    };
  }

  #write(delta: Delta): void {
    this.#hasMessage = true;
    const thought = thoughtIn(delta);
    if (thought !== '') this.tell({ kind: 'reasoning', text: thought });
    const text = textOf(delta.content) ?? '';
    this.#text += text;
    if (text !== '') this.tell({ kind: 'text', text });
    this.#refusal += textOf(delta.refusal) ?? '';
    const asked: unknown = delta.tool_calls;
    for (const call of Array.isArray(asked) ? (asked as (DeltaCall | null)[]) : [])
      this.#ask(call ?? {});
  }

  #ask({ index, id, function: of }: DeltaCall): void {
    const { name, arguments: args } = of ?? {};
    const at = index ?? null;
    let call = this.#calls.findLast((each) => at === null || each.index === at);
    if (call === undefined || isAnother(call, at, id, name)) {
      call = { index: at, id, name: undefined, arguments: undefined };
      this.#calls.push(call);
    }
    if (call.name === undefined && typeof name === 'string') {
      call.name = name;
      this.tell({ kind: 'tool', name });
    }
    if (typeof args === 'string') {
      call.arguments = (typeof call.arguments === 'string' ? call.arguments : '') + args;
    } else {
      call.arguments = args ?? call.arguments;
    }
  }
}

/** Whether a call with a name is not the one before it. Some servers number all of them 0, others none. */
function isAnother(before: Call, index: unknown, id: unknown, name: unknown): boolean {
  if (typeof name !== 'string' || name === '') return false;
  const isNamed = typeof id === 'string' && id !== '';
  return isNamed ? id !== before.id : index === null;
}

function thoughtIn({ reasoning_content, reasoning, content }: Delta): string {
  const thought = reasoning_content ?? reasoning;
  if (typeof thought === 'string') return thought;
  // Mistral's stand among the parts of the text.
  const parts = Array.isArray(content) ? (content as ({ thinking?: unknown } | null)[]) : [];
  return parts.map((part) => textOf(part?.thinking) ?? '').join('');
}
