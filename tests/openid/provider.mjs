// The certified OpenID provider that the tests sign in with, on loopback: node provider.mjs PACKAGES PORT
// A test sets by PUT /test what it says next: whom it signs in, what its ID tokens say wrongly, which key signs them.
import { createServer } from "node:http";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [packages, port] = process.argv.slice(2);
const load = (...parts) => import(pathToFileURL(join(packages, ...parts)));
const { Provider } = await load("oidc-provider", "lib", "index.js");
const { SignJWT, calculateJwkThumbprint, decodeJwt, exportJWK, generateKeyPair, importJWK } = await load("jose", "dist", "webapi", "index.js");

const issuer = `http://127.0.0.1:${port}`;
const FIRST = { user: { sub: "1", email: "one@example.com", email_verified: true, groups: ["staff"] } };
let said = FIRST;

async function newKey() {
  const { privateKey } = await generateKeyPair("RS256", { extractable: true });
  const jwk = { ...(await exportJWK(privateKey)), alg: "RS256", use: "sig" };
  return { ...jwk, kid: await calculateJwkThumbprint(jwk) };
}

const keys = [await newKey(), await newKey()];

/** The ID token with other claims, signed by `said.key`: first, second, unknown, none or secret. */
async function changed(token) {
  const { unset = [], ...other } = said.claims ?? {};
  const claims = { ...decodeJwt(token), ...other };
  for (const name of unset) delete claims[name];
  if (said.key === "none") {
    const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
    return `${part({ alg: "none" })}.${part(claims)}.`;
  }
  if (said.key === "secret") return new SignJWT(claims).setProtectedHeader({ alg: "HS256" }).sign(Buffer.from(CLIENT.client_secret));
  const key = said.key === "unknown" ? await newKey() : keys[said.key === "second" ? 1 : 0];
  return new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid: key.kid }).sign(await importJWK(key, "RS256"));
}

const CLIENT = {
  client_id: "wizard",
  client_secret: "a secret, with 100% of +:/& characters",
  redirect_uris: process.env.REDIRECT_URIS.split(" "),
  post_logout_redirect_uris: process.env.SIGNED_OUT_URIS.split(" "),
  response_types: ["code"],
  grant_types: ["authorization_code"],
  token_endpoint_auth_method: process.env.AUTHENTICATION,
};

/** A page like that of the provider itself, which would load a font from elsewhere. */
function logoutSource(ctx, form) {
  const button = '<button form="op.logoutForm" name="logout" value="yes">Yes, sign me out</button>';
  ctx.body = `<!doctype html><html lang="en"><title>Sign out</title><link rel="icon" href="data:,"><h1>Sign out?</h1>${form}${button}`;
}

const provider = new Provider(issuer, {
  clients: [CLIENT],
  jwks: { keys },
  cookies: { keys: ["a key of the tests"] },
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["groups"] },
  conformIdTokenClaims: process.env.CLAIMS_IN_ID_TOKEN !== "1",
  pkce: { required: () => true },
  features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: true, logoutSource } },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  ttl: { AccessToken: 60, AuthorizationCode: 60, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ ...said.user, sub: id }) }),
  async loadExistingGrant(ctx) {
    const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
    grant.addOIDCScope("openid email profile");
    await grant.save();
    return grant;
  },
});

provider.use(async (ctx, next) => {
  if (ctx.path === "/test") {
    const chunks = [];
    for await (const chunk of ctx.req) chunks.push(chunk);
    said = { ...FIRST, ...JSON.parse(Buffer.concat(chunks)) };
    ctx.status = 204;
    return;
  }
  if (said.status && ctx.path === said.at) {
    ctx.status = said.status;
    ctx.body = said.body ?? "";
    return;
  }
  if (ctx.path.startsWith("/interaction/")) {
    // Signs in at once, without a form; or turns away, as one who cancels there.
    const result = said.error ? { error: said.error } : { login: { accountId: said.user.sub } };
    await provider.interactionFinished(ctx.req, ctx.res, result, { mergeWithLastSubmission: false });
    ctx.respond = false;
    return;
  }
  await next();
  if (ctx.path === "/token" && ctx.body?.id_token && (said.claims || said.key)) ctx.body.id_token = await changed(ctx.body.id_token);
  if (ctx.path === "/jwks" && said.published === "first") ctx.body = { keys: ctx.body.keys.slice(0, 1) };
  if (ctx.path === "/.well-known/openid-configuration") Object.assign(ctx.body, said.configuration);
});

createServer(provider.callback()).listen(Number(port), "127.0.0.1", () => console.log("ready"));
