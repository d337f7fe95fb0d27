/** As much of autocannon 9 as the benchmark uses; it ships no types. */
declare module "autocannon" {
  import type { EventEmitter } from "node:events";

  namespace autocannon {
    interface Request {
      method: string;
      path: string;
      headers: Record<string, string>;
      body?: string;
    }

    interface Client {
      setHeaders(headers: Record<string, string>): void;
    }

    interface Options {
      url: string;
      method: "POST";
      headers: Record<string, string>;
      body?: string;
      connections: number;
      /** Seconds. */
      duration: number;
      /** Milliseconds between samples; a run ends at one. */
      sampleInt: number;
      requests?: { setupRequest(request: Request): Request }[];
      setupClient?(client: Client): void;
    }

    interface Result {
      errors: number;
      timeouts: number;
    }

    interface Instance extends EventEmitter {
      on(event: "start", listener: () => void): this;
      /** @param milliseconds from the request's first byte to the answer's last */
      on(event: "response", listener: (client: Client, status: number, bytes: number, milliseconds: number) => void): this;
      stop(): void;
    }
  }

  function autocannon(options: autocannon.Options, done: (error: Error | null, result: autocannon.Result) => void): autocannon.Instance;
  export = autocannon;
}
