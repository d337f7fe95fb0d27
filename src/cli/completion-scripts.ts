/** The scripts that `polymint completion` prints. Each finds the command that is being typed, and then offers what may follow. */
import type { CompletedCommand, Values } from "./completion-tree";

/** An option that takes a value, where it is typed. */
interface Awaited {
  /** The place of the command, and the option. */
  where: string;
  values: Values;
}

/** Quotes a text for all three shells: there is no backslash and no quote in it afterwards. */
function quote(text: string): string {
  return `'${text.replaceAll("\\", "").replaceAll("'", "’")}'`;
}

/** The first clause of a description: a menu has one line for each. */
function shorten(description: string): string {
  return /^[^;:]*/.exec(description)?.[0] ?? "";
}

function listPlaces(commands: readonly CompletedCommand[]): string {
  return commands
    .filter(({ place }) => place !== "")
    .map(({ place }) => quote(place))
    .join(" | ");
}

function listAwaited(commands: readonly CompletedCommand[]): Awaited[] {
  return commands.flatMap(({ place, options }) =>
    options.flatMap(({ word, values }) => (values === undefined ? [] : [{ where: `${place} ${word}`, values }])),
  );
}

/** What may stand at a place, beside files. */
function listWords({ commands, options, values }: CompletedCommand): { word: string; description: string }[] {
  const arguments_ = typeof values === "string" ? [] : values.map((word) => ({ word, description: "" }));
  return [...commands, ...arguments_, ...options];
}

export function formatBash(commands: readonly CompletedCommand[]): string {
  const reply = (words: readonly string[]): string => `COMPREPLY=($(compgen -W ${quote(words.join(" "))} -- "$word"))`;
  const offer = (values: Values): string => (values === "files" ? "compopt -o default" : values === "any" ? ":" : reply(values));
  return `# Completion of polymint for bash. To try it: source <(polymint completion bash)
_polymint() {
  local word="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" place="" each
  COMPREPLY=()
  for each in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "\${place:+$place }$each" in
      ${listPlaces(commands)}) place="\${place:+$place }$each" ;;
    esac
  done
  case "$place $previous" in
${listAwaited(commands)
  .map(({ where, values }) => `    ${quote(where)}) ${offer(values)}; return ;;`)
  .join("\n")}
  esac
  case "$place" in
${commands
  .map((command) => {
    const files = command.values === "files" ? "[[ $word == -* ]] || compopt -o default; " : "";
    return `    ${quote(command.place)}) ${files}${reply(listWords(command).map(({ word }) => word))} ;;`;
  })
  .join("\n")}
  esac
}
complete -F _polymint polymint`;
}

export function formatZsh(commands: readonly CompletedCommand[]): string {
  const offer = (values: Values): string =>
    values === "files" ? "_files" : values === "any" ? ":" : `compadd -- ${values.map(quote).join(" ")}`;
  const describe = ({ word, description }: { word: string; description: string }): string => quote(`${word}:${shorten(description)}`);
  return `#compdef polymint
# Completion of polymint for zsh. To try it, after compinit: source <(polymint completion zsh)
_polymint() {
  local place="" each
  local -a found
  for each in "\${(@)words[2,CURRENT-1]}"; do
    case "\${place:+$place }$each" in
      (${listPlaces(commands)}) place="\${place:+$place }$each" ;;
    esac
  done
  case "$place \${words[CURRENT-1]}" in
${listAwaited(commands)
  .map(({ where, values }) => `    (${quote(where)}) ${offer(values)}; return ;;`)
  .join("\n")}
  esac
  case "$place" in
${commands
  .map((command) => {
    const files = command.values === "files" ? "_files; " : "";
    return `    (${quote(command.place)}) ${files}found=(${listWords(command).map(describe).join(" ")}) ;;`;
  })
  .join("\n")}
  esac
  _describe polymint found
}
if [ "$funcstack[1]" = "_polymint" ]; then _polymint "$@"; else compdef _polymint polymint; fi`;
}

export function formatFish(commands: readonly CompletedCommand[]): string {
  const complete = (place: string, rest: string): string => `complete -c polymint -n "__polymint_is ${quote(place)}" ${rest}`;
  const offer = (values: Values | undefined): string => {
    if (values === undefined) return "";
    return values === "files" ? " -r -F" : values === "any" ? " -x" : ` -x -a ${quote(values.join(" "))}`;
  };
  return `# Completion of polymint for fish. To try it: polymint completion fish | source
function __polymint_is
  set -l place
  for each in (commandline -opc)[2..-1]
    switch "$place $each"
      case ${commands
        .filter(({ place }) => place !== "")
        .map(({ place }) => quote(place.includes(" ") ? place : ` ${place}`))
        .join(" ")}
        set place (string trim -- "$place $each")
    end
  end
  test "$place" = "$argv[1]"
end
complete -c polymint -f
${commands
  .flatMap(({ place, commands: below, options, values }) => [
    ...below.map(({ word, description }) => complete(place, `-a ${word} -d ${quote(shorten(description))}`)),
    ...(values === "files"
      ? [complete(place, "-F")]
      : typeof values === "string" || values.length === 0
        ? []
        : [complete(place, `-a ${quote(values.join(" "))}`)]),
    ...options.map(({ word, description, values: own }) =>
      complete(place, `-l ${word.slice(2)}${offer(own)} -d ${quote(shorten(description))}`),
    ),
  ])
  .join("\n")}`;
}
