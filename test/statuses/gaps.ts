/**
 * Declared statuses that nothing real has produced: these answers depend on nothing outside the process, so nothing there
 * can fail. They are declared for what nobody foresees. The test fails as soon as one of them has a cause, and for any
 * other without one.
 */
export const gaps: readonly string[] = [
  "discovery GET /.well-known/oauth-authorization-server 500",
  "discovery GET /.well-known/openid-configuration 500",
  "health GET /health/live 500",
  "health GET /health/ready 500",
];
