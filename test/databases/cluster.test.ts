import { type ClusterServer, startPrimary, startStandby } from "./harness/cluster";

const servers: ClusterServer[] = [];
const keep = <Server extends ClusterServer>(server: Server): Server => {
  servers.push(server);
  return server;
};

afterAll(() => Promise.all(servers.map((server) => server.remove())));

describe("a cluster for tests", () => {
  it("has a standby with every commit, which takes over when the primary is frozen and killed", async () => {
    const primary = keep(await startPrimary());
    await primary.run("CREATE TABLE kept (n int)");
    const standby = keep(await startStandby(primary, { synchronous: true }));
    await primary.run("SET synchronous_commit = remote_apply", "INSERT INTO kept VALUES (1)");
    expect(await standby.run("SELECT n, pg_is_in_recovery() AS standby FROM kept")).toEqual([{ n: 1, standby: true }]);

    primary.freeze();
    await standby.promote();
    await primary.end("SIGKILL");
    await standby.run("INSERT INTO kept VALUES (2)");
    expect(await standby.run("SELECT n FROM kept ORDER BY n")).toEqual([{ n: 1 }, { n: 2 }]);
  });
});
