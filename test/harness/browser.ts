/** A browser without JavaScript, for the pages. */
import { parseSetCookie } from "cookie";

/** A page or a redirect. */
export interface PageResponse {
  /** The URL of the request. */
  url: string;
  status: number;
  headers: Headers;
  text: string;
}

/** A form of a page, with the values that the page filled in. */
export interface PageForm {
  action: string;
  fields: Record<string, string>;
  /** Name, value and label of each button. */
  buttons: { name: string | undefined; value: string; text: string }[];
}

/** A browser without JavaScript: it keeps cookies, fills in forms, and follows redirects only on demand. */
export interface Browser {
  get(path: string, headers?: Record<string, string>): Promise<PageResponse>;
  /** Posts these fields, whether or not a page has such a form. */
  post(path: string, fields: Record<string, string> | string, headers?: Record<string, string>): Promise<PageResponse>;
  /** Submits the last form of the page with these fields filled in. @param button the label of the button to press; default the first */
  submit(page: PageResponse, fields?: Record<string, string>, button?: string): Promise<PageResponse>;
  /** Follows redirects as long as they stay on the server. */
  follow(answer: PageResponse): Promise<PageResponse>;
  /** The current cookies. */
  cookies: Map<string, string>;
  /** Every `Set-Cookie` header received so far. */
  setCookies: string[];
}

/** @param base URL of the server */
export function makeBrowser(base: string): Browser {
  const cookies = new Map<string, string>();
  const setCookies: string[] = [];

  async function send(url: URL, init: { method: string; body?: string; headers: Record<string, string> }): Promise<PageResponse> {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const headers = { ...(cookie === "" ? {} : { cookie }), ...init.headers };
    const answer = await fetch(url, { ...init, headers, redirect: "manual" });
    for (const header of answer.headers.getSetCookie()) {
      setCookies.push(header);
      const { name, value } = parseSetCookie(header);
      cookies.set(name, value ?? "");
    }
    return { url: url.href, status: answer.status, headers: answer.headers, text: await answer.text() };
  }

  const get: Browser["get"] = (path, headers = {}) => send(new URL(path, base), { method: "GET", headers });
  const post: Browser["post"] = (path, fields, headers = {}) => {
    const body = typeof fields === "string" ? fields : new URLSearchParams(fields).toString();
    const all = { "content-type": "application/x-www-form-urlencoded", ...headers };
    return send(new URL(path, base), { method: "POST", body, headers: all });
  };
  return {
    get,
    post,
    cookies,
    setCookies,
    submit(page, fields = {}, button) {
      const form = formsOf(page).at(-1);
      if (form === undefined) throw new Error(`no form on ${page.url}: ${page.status} ${page.text}`);
      const pressed = button === undefined ? form.buttons[0] : form.buttons.find(({ text }) => text === button);
      if (pressed === undefined) throw new Error(`no button ${button ?? ""} on ${page.url}`);
      const own = pressed.name === undefined ? {} : { [pressed.name]: pressed.value };
      return post(new URL(form.action, page.url).href, { ...form.fields, ...fields, ...own });
    },
    async follow(answer) {
      const location = answer.headers.get("location");
      if (location === null) return answer;
      const next = new URL(location, answer.url);
      if (next.origin !== new URL(base).origin) return answer;
      return this.follow(await get(next.href));
    },
  };
}

/** Reads the forms of a page. */
export function formsOf({ text }: PageResponse): PageForm[] {
  return [...text.matchAll(/<form([^>]*)>(.*?)<\/form>/gs)].map(([, tag = "", inside = ""]) => {
    const inputs = [...inside.matchAll(/<input([^>]*)>/gs)].map(([, attributes = ""]) => readAttributes(attributes));
    const buttons = [...inside.matchAll(/<button([^>]*)>(.*?)<\/button>/gs)].map(([, attributes = "", label = ""]) => {
      const { name, value = "" } = readAttributes(attributes);
      return { name, value, text: unescapeHtml(label.trim()) };
    });
    const fields = Object.fromEntries(inputs.map(({ name = "", value = "" }) => [name, value]));
    return { action: readAttributes(tag).action ?? "", fields, buttons };
  });
}

function readAttributes(text: string): Partial<Record<string, string>> {
  return Object.fromEntries([...text.matchAll(/([a-z-]+)="([^"]*)"/g)].map(([, name = "", value = ""]) => [name, unescapeHtml(value)]));
}

const characters: Readonly<Record<string, string>> = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'" };

/** Replaces HTML entities by their characters. */
export function unescapeHtml(text: string): string {
  return text.replaceAll(/&(?:amp|lt|gt|quot|#39);/g, (entity) => characters[entity] ?? entity);
}
