// openid-client: discovery, code flow with PKCE, state and nonce, `iss` in the answer, and after each look a refresh.
// `/me` is what UserInfo says now.
import { createServer } from "node:http";
import * as oidc from "openid-client";

const given = JSON.parse(process.argv[2]);
const base = `http://127.0.0.1:${given.port}`;
const config = await oidc.discovery(
  new URL(given.issuer),
  given.client_id,
  undefined,
  oidc.ClientSecretBasic(given.client_secret),
  { execute: [oidc.allowInsecureRequests] },
);
let checks, tokens;

async function login() {
  const verifier = oidc.randomPKCECodeVerifier();
  checks = {
    pkceCodeVerifier: verifier,
    expectedState: oidc.randomState(),
    expectedNonce: oidc.randomNonce(),
  };
  return oidc.buildAuthorizationUrl(config, {
    redirect_uri: `${base}/callback`,
    scope: "openid profile offline_access ga4gh_passport_v1",
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    state: checks.expectedState,
    nonce: checks.expectedNonce,
  });
}

async function me() {
  const subject = tokens.claims()?.sub ?? oidc.skipSubjectCheck;
  const claims = await oidc.fetchUserInfo(config, tokens.access_token, subject);
  return { signed_in: claims.preferred_username, scope: tokens.scope, claims };
}

async function answer(request) {
  const url = new URL(request.url, base);
  if (url.pathname === "/login") return { to: (await login()).href };
  if (url.pathname === "/callback") {
    tokens = await oidc.authorizationCodeGrant(config, url, checks);
    return { to: "/me" };
  }
  const seen = await me();
  tokens = await oidc.refreshTokenGrant(config, tokens.refresh_token);
  return { body: seen };
}

createServer(async (request, response) => {
  try {
    const { to, body } = await answer(request);
    response.writeHead(to ? 302 : 200, to ? { location: to } : { "content-type": "application/json" });
    response.end(body && JSON.stringify(body));
  } catch (error) {
    response.writeHead(500, { "content-type": "application/json" });
    response.end(JSON.stringify({ error: error.error ?? error.code, message: error.message }));
  }
}).listen(given.port, "127.0.0.1", () => console.log("ready"));
