// Owns which language a page writes its numbers in.

/** As BCP 47; the extension writes it into the page. */
export function language(): string {
  return document.documentElement.lang || 'en';
}
