import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { NonRetryableError } from '../../plan/errors.js';
import type { Json } from '../../plan/json.js';
import { cut, wellFormed } from '../text.js';

/**
 * What a model is told of a tool's result: the structured content where there is some, else the texts. Of images and the like
 * it is told what they are.
 *
 * @throws NonRetryableError with what the tool says where it failed.
 */
export function toldOf({ structuredContent, content, isError }: CallToolResult): Json {
  const text = cut(wellFormed(content.map(textOf).join('\n\n')), MAX_TEXT);
  if (isError === true) throw new NonRetryableError(text === '' ? 'The tool failed.' : text);
  if (structuredContent === undefined) return text;
  const json = JSON.stringify(structuredContent);
  return json.length > MAX_TEXT ? cut(wellFormed(json), MAX_TEXT) : (structuredContent as Json);
}

/** More than a model is told of it. */
const MAX_TEXT = 200_000;

type Block = CallToolResult['content'][number];

function textOf(block: Block): string {
  switch (block.type) {
    case 'text':
      return block.text;
    case 'image':
    case 'audio':
      return `[${block.type}, ${block.mimeType}]`;
    case 'resource_link':
      return `${block.name}: ${block.uri}`;
    case 'resource':
      return 'text' in block.resource
        ? block.resource.text
        : `[${block.resource.mimeType ?? 'binary'}, ${block.resource.uri}]`;
  }
}
