import type { RequestHandler } from "express";

/**
 * Makes one handler of several that run in turn. Express would look each of them up for every request, which costs more than
 * most of them do. What a handler throws, or its promise rejects with, goes to the error handler, as with Express.
 */
export function joinHandlers(handlers: readonly RequestHandler[]): RequestHandler {
  return (request, response, next) => {
    const runFrom = (at: number): void => {
      const handler = handlers[at];
      if (handler === undefined) return next();
      try {
        const result: unknown = handler(request, response, (error?: unknown) => {
          if (error === undefined) runFrom(at + 1);
          else next(error);
        });
        if (result instanceof Promise) result.catch(next);
      } catch (thrown) {
        next(thrown);
      }
    };
    runFrom(0);
  };
}
