/** The icon, as SVG. */
export const iconSvg =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><path fill="#0b6b4b" d="M8 2h4a18 18 0 0 1 18 18v4a6 6 0 0 1-6 6h-4A18 18 0 0 1 2 12V8a6 6 0 0 1 6-6z"/><path fill="none" stroke="#fff" stroke-width="3.5" stroke-linecap="round" stroke-linejoin="round" d="M9.5 16.5l4.5 4.5 8.5-9.5"/></svg>';

/** The icon in the page itself, so that no page needs another request. */
export const iconReference = `data:image/svg+xml,${encodeURIComponent(iconSvg)}`;
