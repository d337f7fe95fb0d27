/** What other people's programs may build on. The test kit is `polymint/testkit`. */
export { type AppOptions, createApp, type PolymintApp } from "./app";
export { type Config, readConfig } from "./config";
export { migrateToLatest } from "./store/database/migrate";
export { type Database, type DatabaseSettings, openDatabase } from "./store/database";
export { makeServer } from "./server/http-server";
