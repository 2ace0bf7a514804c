import type * as sdk from 'openai';
import type { Media, MediaLists } from '../../plan/output.js';

type Part = sdk.OpenAI.Chat.Completions.ChatCompletionContentPart;

/**
 * A message with media, as OpenAI's protocol has it: of the media those that it has a part for. Videos, and sounds and files
 * by their address, it has none for.
 */
export function partsOf(
  text: string,
  { images = [], audio = [], files = [] }: Partial<MediaLists>,
): string | Part[] {
  const parts = [
    ...images.flatMap((image) => imagePart(image) ?? []),
    ...audio.flatMap((sound) => soundPart(sound) ?? []),
    ...files.flatMap((file) => filePart(file) ?? []),
  ];
  if (parts.length === 0) return text;
  return [...(text === '' ? [] : [{ type: 'text' as const, text }]), ...parts];
}

/** Drawings of lines no model takes: a request with one is refused as a whole. */
function imagePart({ url, data, mimeType }: Media): Part | null {
  if (mimeType === 'image/svg+xml') return null;
  const where = url ?? dataUrl(mimeType, data);
  return where === null ? null : { type: 'image_url', image_url: { url: where } };
}

function soundPart({ data, mimeType = '' }: Media): Part | null {
  const format = SOUNDS[mimeType];
  if (data === undefined || format === undefined) return null;
  return { type: 'input_audio', input_audio: { data, format } };
}

/** Of all forms of documents the protocol takes one. */
function filePart({ data, mimeType, name = 'document.pdf' }: Media): Part | null {
  const url = mimeType === 'application/pdf' ? dataUrl(mimeType, data) : null;
  return url === null ? null : { type: 'file', file: { filename: name, file_data: url } };
}

function dataUrl(mimeType: string | undefined, data: string | undefined): string | null {
  return data === undefined || mimeType === undefined ? null : `data:${mimeType};base64,${data}`;
}

const SOUNDS: Readonly<Record<string, 'wav' | 'mp3'>> = {
  'audio/wav': 'wav',
  'audio/wave': 'wav',
  'audio/x-wav': 'wav',
  'audio/mpeg': 'mp3',
  'audio/mp3': 'mp3',
};
