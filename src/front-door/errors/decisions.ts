import type { Html } from "../../pages/framework/html";
import { renderProse } from "../prose";

const heading = "Decisions of this server:";

/** Renders what the description of an operation says about its decisions. @returns nothing if it names none */
export function findDecisions(description: string): Html[] {
  const start = description.indexOf(heading);
  return start < 0 ? [] : renderProse(description.slice(start + heading.length));
}
