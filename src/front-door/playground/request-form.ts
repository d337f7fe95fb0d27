import { type Html, html } from "../../pages/framework/html";
import { linkTo } from "../../pages/framework/page";
import type { Visitor } from "../../pages/framework/visitor";
import type { Call } from "./calls";
import { type Draft, listFields } from "./draft";

interface Field {
  /** In the form. */
  name: string;
  label: string;
  /** Which part of the request it is in. */
  part: string;
}

export interface RequestForm {
  /** The contract or the service. */
  callee: string;
  call: Call;
  draft: Draft;
  /** Whether what works once is made anew each time: the draft has marks for it. */
  marks: readonly string[];
}

/** Renders the form that makes a request. */
export function renderRequestForm(visitor: Visitor, { callee, call, draft, marks }: RequestForm): Html {
  const fields = listAllFields(call, draft);
  const filled = fields.filter(({ name }) => draft[name] !== undefined || call.essential.has(name));
  const others = fields.filter((field) => !filled.includes(field));
  const isJson = call.operation.mediaType?.includes("json") === true;
  return html`<form method="post" action="${linkTo("/playground")}" class="ask">
    ${visitor.renderFormToken()}
    <input type="hidden" name="contract" value="${callee}" />
    <input type="hidden" name="call" value="${call.operation.id}" />
    ${marks.length === 0 ? undefined : renderMarks(marks)}
    <div class="fields">${filled.map((field) => renderField(field, draft))}</div>
    ${isJson ? renderText("body", "Body", "JSON, sent as it stands here.", draft.body, 8) : undefined}
    <details ${draft.headers === undefined && (isJson || draft.body === undefined) ? undefined : html`open`}>
      <summary>More fields, headers and the body</summary>
      <div class="fields">${others.map((field) => renderField(field, draft))}</div>
      ${renderText("headers", "More headers", "One in a line, such as Accept: text/html. They replace those above.", draft.headers, 3)}
      ${isJson ? undefined : renderText("body", "Body", "Sent as it stands here, in place of the fields of the body.", draft.body, 3)}
    </details>
    <div class="actions"><button type="submit">Send the request</button></div>
  </form>`;
}

function listAllFields(call: Call, draft: Draft): Field[] {
  const { template = [], declared, mediaType = "" } = call.operation;
  const isForm = mediaType.includes("form");
  const inPath = template.flatMap((part) => ("parameter" in part ? [part.parameter] : []));
  const list = (prefix: string, part: string, names: Iterable<string>): Field[] => {
    const known = [...names];
    const drafted = listFields(draft, prefix).map(([name]) => name);
    // Names of headers mean the same in any case.
    const isKnown = (name: string) =>
      known.some((each) => each === name || (part === "header" && each.toLowerCase() === name.toLowerCase()));
    const all = [
      ...drafted,
      ...known.filter((name) => !drafted.some((each) => each === name || (part === "header" && each.toLowerCase() === name.toLowerCase()))),
    ];
    return all.filter((name) => isKnown(name) || drafted.includes(name)).map((name) => ({ name: prefix + name, label: name, part }));
  };
  const hasBasic = call.basic || draft.user !== undefined || draft.password !== undefined;
  return [
    ...list("path.", "path", inPath),
    ...list("query.", "query", declared.query),
    ...(hasBasic
      ? [
          { name: "user", label: "User name", part: "HTTP Basic" },
          { name: "password", label: "Password", part: "HTTP Basic" },
        ]
      : []),
    ...list(
      "header.",
      "header",
      call.headers.filter((name) => !(hasBasic && name === "Authorization")),
    ),
    ...list("form.", "body", isForm ? declared.body.keys() : []),
  ];
}

function renderField({ name, label, part }: Field, draft: Draft): Html {
  return html`<div>
    <label for="${name}">${label} <span class="part">${part}</span></label>
    <input id="${name}" name="${name}" value="${draft[name]}" autocomplete="off" autocapitalize="off" spellcheck="false" />
  </div>`;
}

function renderText(name: string, label: string, hint: string, value: string | undefined, rows: number): Html {
  return html`<label for="${name}">${label}</label>
    <span class="hint" id="${name}-hint">${hint}</span>
    <textarea id="${name}" name="${name}" rows="${rows}" aria-describedby="${name}-hint" spellcheck="false">${value}</textarea>`;
}

function renderMarks(marks: readonly string[]): Html {
  const names = marks.map((mark, at) => html`${at === 0 ? "" : ", "}<code>${mark}</code>`);
  return html`<p class="soft">
    ${names} ${marks.length === 1 ? "stands" : "stand"} for what works once: it is made anew each time you send the form.
  </p>`;
}
