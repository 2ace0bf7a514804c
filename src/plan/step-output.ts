import { OptionError } from './errors.js';
import { MEDIA_KINDS, type Media, type MediaKind } from './output.js';

/** A medium as executors may give it: an address, or bytes with their MIME type. */
export type MediaInput =
  | string
  | { readonly url: string; readonly mimeType?: string; readonly name?: string }
  | { readonly data: Uint8Array | string; readonly mimeType: string; readonly name?: string };

/** What a {@link StepOutput} says. */
export interface StepOutputOptions extends Partial<Record<MediaKind, readonly MediaInput[]>> {
  /** What flows on. Any JSON value. @default null */
  readonly content?: unknown;
  /** `false` marks the result without failing the run: throw to fail it. @default true */
  readonly success?: boolean;
  /** Ends the run after this step, whatever surrounds it. The run is completed. @default false */
  readonly stop?: boolean;
  /** Stands in the result beside `success: false`. */
  readonly error?: string;
}

const brand = Symbol.for('outlast.StepOutput');

/** What an executor returns to say more than its content. An object that isn't one of these is content. */
export class StepOutput {
  readonly content: unknown;
  readonly success: boolean;
  readonly stop: boolean;
  readonly error: string | null;
  readonly images: readonly Media[];
  readonly videos: readonly Media[];
  readonly audio: readonly Media[];
  readonly files: readonly Media[];

  /** @throws OptionError */
  constructor(options: StepOutputOptions = {}) {
    for (const key of Object.keys(options)) {
      if (KNOWN.includes(key)) continue;
      const must = `have no option \`${key}\`: the options are ${KNOWN.join(', ')}`;
      throw new OptionError({ at: 'StepOutput', must });
    }
    this.content = options.content ?? null;
    this.success = given('boolean', 'success', options.success) ?? true;
    this.stop = given('boolean', 'stop', options.stop) ?? false;
    this.error = given('string', 'error', options.error) ?? null;
    this.images = mediaList('StepOutput', 'images', options.images);
    this.videos = mediaList('StepOutput', 'videos', options.videos);
    this.audio = mediaList('StepOutput', 'audio', options.audio);
    this.files = mediaList('StepOutput', 'files', options.files);
    Object.defineProperty(this, brand, { value: true });
  }

  /** True also for an output that another copy of this package made. */
  static is(value: unknown): value is StepOutput {
    return typeof value === 'object' && value !== null && brand in value;
  }
}

const KNOWN: readonly string[] = ['content', 'success', 'stop', 'error', ...MEDIA_KINDS];

function given<T>(type: 'boolean' | 'string', option: string, value: T): T {
  if (value !== undefined && value !== null && typeof value !== type)
    throw new OptionError({ at: 'StepOutput', option, must: `be a ${type}`, got: value });
  return value;
}

/**
 * Media as they are stored.
 *
 * @param at Who was given them, in messages.
 * @throws OptionError
 */
export function mediaList(
  at: string,
  kind: MediaKind,
  list: readonly MediaInput[] | undefined,
): readonly Media[] {
  const items: unknown = list ?? [];
  if (!Array.isArray(items))
    throw new OptionError({ at, option: kind, must: 'be a list', got: list });
  return Array.from(items, (item, index) => media(at, `${kind}[${String(index)}]`, item));
}

function media(at: string, option: string, value: unknown): Media {
  if (typeof value === 'string') return { url: value };
  const { url, data, mimeType, name } = (value ?? {}) as Readonly<Record<string, unknown>>;
  const named = typeof name === 'string' && { name };
  const typed = typeof mimeType === 'string' && { mimeType };
  if (typeof url === 'string') return { url, ...typed, ...named };
  const bytes = data instanceof Uint8Array ? base64(data) : data;
  if (typeof bytes === 'string' && typed !== false) return { data: bytes, ...typed, ...named };
  const must = 'be an address, or an object with `url`, or with `data` and `mimeType`';
  throw new OptionError({ at, option, must, got: value });
}

function base64(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}
