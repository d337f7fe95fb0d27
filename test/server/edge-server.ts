import express from "express";
import { listen, makeServer } from "../../src/server/http-server";

/** A server in its own process, which prints its port: for requests that could end the process. */
const app = express().use((_request, response) => response.json({}));
void listen(makeServer(app), "127.0.0.1", 0).then((port) => process.stdout.write(`${port}\n`));
