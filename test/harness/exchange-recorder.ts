/**
 * Loaded first into a server process that a test starts: records its requests and responses for that test. Each process
 * writes a file of its own and keeps it open, since descriptors may be scarce there.
 */
import { openSync, writeSync } from "node:fs";
import { Server as HttpServer } from "node:http";
import { Server as HttpsServer } from "node:https";
import { join } from "node:path";
import { watchServers } from "./exchange";

const file = openSync(join(process.env.EXCHANGES_FOLDER ?? "", `${process.pid}.exchanges`), "a");
watchServers([HttpServer, HttpsServer], (passed) => void writeSync(file, `${JSON.stringify(passed)}\n`));
