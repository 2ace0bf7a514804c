import { ask, blocked, WHO, type Search } from './ask.js';
import { readPage, type Listed } from './page.js';

/**
 * The first page of results, without advertisements, best first.
 *
 * @throws as `ask`; Error for a page that is none of results.
 */
export async function searchWeb(query: string, search: Search): Promise<readonly Listed[]> {
  const { html } = search.addresses;
  const page = readPage(
    await ask(
      {
        url: html,
        method: 'POST',
        headers: {
          accept: 'text/html',
          'content-type': 'application/x-www-form-urlencoded',
          referer: `${html.origin}/`,
        },
        // What the form of its own page sends. An empty `b` is that of a first page.
        body: String(
          new URLSearchParams({ q: query, b: '', kl: search.region, kp: search.safeSearch }),
        ),
      },
      search.signal,
    ),
  );
  switch (page.kind) {
    case 'results':
      return page.results;
    case 'no results':
      return [];
    case 'challenge':
      throw blocked();
    case 'unknown':
      throw new Error(
        `${WHO} answered with a page that is none of results. If that stays so, its pages have changed: update outlast.`,
      );
  }
}
