/**
 * Runs one command line after another, as a child of a test file. To start Node and to load the modules takes most of the time of a command,
 * and so it is done once. Its parent gives it the compiled `run.js`.
 */
const { Buffer } = require("node:buffer");
const { Readable } = require("node:stream");

const { runCommandLine } = require(process.argv[2]);

/** Collects what is written in place of writing it. */
function capture(stream) {
  const own = stream.write;
  let text = "";
  stream.write = (chunk, encoding, done) => {
    text += typeof chunk === "string" ? chunk : Buffer.from(chunk).toString("utf8");
    const written = typeof encoding === "function" ? encoding : done;
    if (written !== undefined) process.nextTick(written);
    return true;
  };
  return () => {
    stream.write = own;
    return text;
  };
}

async function runOne({ args, env, input }) {
  process.env = env;
  process.exitCode = undefined;
  Object.defineProperty(process, "stdin", { value: Readable.from([Buffer.from(input)]), configurable: true });
  const [readOutput, readErrors] = [capture(process.stdout), capture(process.stderr)];
  await runCommandLine(args);
  const result = { code: process.exitCode ?? 0, stdout: readOutput(), stderr: readErrors() };
  process.exitCode = undefined;
  return result;
}

let last = Promise.resolve();
process.on("message", (wanted) => {
  last = last.then(async () => process.send({ id: wanted.id, result: await runOne(wanted) }));
});
