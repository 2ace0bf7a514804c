/** What stands under a heading. */
export interface Section {
  /** From the document's title down to the section's own. */
  readonly headings: readonly string[];
  /** Paragraphs and items of lists, a line each; rows of tables; code, which has lines of its own. */
  readonly parts: readonly string[];
}

/** The sections of a document, as a reader comes upon them. */
export class Outline {
  readonly #sections: Section[] = [];
  #headings: string[] = [];
  #parts: string[] = [];

  /** Begins a section; `depth` is from 1. Deeper ones belong to it. */
  heading(depth: number, title: string): void {
    this.#end();
    const above = Array.from({ length: depth - 1 }, (_, at) => this.#headings[at] ?? '');
    this.#headings = [...above, title];
  }

  /** What has no letter or digit says nothing. */
  part(text: string): void {
    if (/[\p{Letter}\p{Number}]/u.test(text)) this.#parts.push(text);
  }

  sections(): readonly Section[] {
    this.#end();
    return this.#sections;
  }

  #end(): void {
    if (this.#parts.length === 0) return;
    const headings = this.#headings.filter((heading) => heading !== '');
    this.#sections.push({ headings, parts: this.#parts });
    this.#parts = [];
  }
}
