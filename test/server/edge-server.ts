import express from "express";
import { listen, makeServer } from "../../src/server/http-server";

/** A server in a process of its own, which says its port: for what would end the process. */
const app = express().use((_request, response) => response.json({}));
void listen(makeServer(app), "127.0.0.1", 0).then((port) => process.stdout.write(`${port}\n`));
