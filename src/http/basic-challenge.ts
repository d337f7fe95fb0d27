/** `WWW-Authenticate` of contracts whose clients use Basic (RFC 7617 §2.1). */
export const basicChallenge = 'Basic realm="polymint", charset="UTF-8"';
