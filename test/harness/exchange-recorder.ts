/**
 * Loaded before anything else into a server that has a process of its own: writes down what goes in and out of it, for the
 * test that started it. Each process writes a file of its own, which stays open, since descriptors may be scarce there.
 */
import { openSync, writeSync } from "node:fs";
import { Server as HttpServer } from "node:http";
import { Server as HttpsServer } from "node:https";
import { join } from "node:path";
import { watchServers } from "./exchange";

const file = openSync(join(process.env.EXCHANGES_FOLDER ?? "", `${process.pid}.exchanges`), "a");
watchServers([HttpServer, HttpsServer], (passed) => void writeSync(file, `${JSON.stringify(passed)}\n`));
