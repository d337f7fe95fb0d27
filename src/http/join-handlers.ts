import type { RequestHandler } from "express";

/**
 * Makes one handler of several that run in turn. Express would look each of them up for every request, which costs more than
 * most of them do. What a handler throws, or its promise rejects with, goes to the error handler, as with Express.
 */
export function joinHandlers(handlers: readonly RequestHandler[]): RequestHandler {
  return (request, response, next) => {
    let at = 0;
    const runNext = (error?: unknown): void => {
      const handler = handlers[at];
      if (error !== undefined || handler === undefined) return next(error);
      at += 1;
      try {
        const result: unknown = handler(request, response, runNext);
        if (result instanceof Promise) result.catch(next);
      } catch (thrown) {
        next(thrown);
      }
    };
    runNext();
  };
}
