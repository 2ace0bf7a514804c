import { OptionError } from './errors.js';
import { MEDIA_KINDS, type Media, type MediaKind } from './output.js';

/** A medium as executors may give it: an address, or bytes with their MIME type. */
export type MediaInput =
  | string
  | { readonly url: string; readonly mimeType?: string; readonly name?: string }
  | { readonly data: Uint8Array | string; readonly mimeType: string; readonly name?: string };

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

  constructor(options: StepOutputOptions = {}) {
    for (const key of Object.keys(options)) {
      if (!KNOWN.has(key)) {
        throw new OptionError({
          at: 'StepOutput',
          option: key,
          must: `be one of ${[...KNOWN].join(', ')}`,
        });
      }
    }
    this.content = options.content ?? null;
    this.success = options.success ?? true;
    this.stop = options.stop ?? false;
    this.error = options.error ?? null;
    this.images = (options.images ?? []).map(media);
    this.videos = (options.videos ?? []).map(media);
    this.audio = (options.audio ?? []).map(media);
    this.files = (options.files ?? []).map(media);
    Object.defineProperty(this, brand, { value: true });
  }

  /** True also for an output that another copy of this package made. */
  static is(value: unknown): value is StepOutput {
    return typeof value === 'object' && value !== null && brand in value;
  }
}

const KNOWN: ReadonlySet<string> = new Set(['content', 'success', 'stop', 'error', ...MEDIA_KINDS]);

function media(given: MediaInput): Media {
  if (typeof given === 'string') return { url: given };
  if ('url' in given) return given;
  const { data } = given;
  return { ...given, data: typeof data === 'string' ? data : base64(data) };
}

function base64(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}
