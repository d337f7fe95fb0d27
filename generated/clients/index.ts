// Generated from openapi/ by `make codegen`. Do not edit.
export * from "../../src/client";
export * from "./abbeycross";
export * from "./firstvision";
export * from "./raidiam";
export * from "./screening-eagle";
export * from "./weavr";
