// The demonstration's national ID: a certified OpenID Connect provider (npm oidc-provider) whose people are invented.
//
// It keeps everything in memory, remembers no browser and never signs anybody in silently: each sign-in is one click
// of a person on this page. Real deployments point DAWR_OIDC_ISSUER at the country's own provider instead.

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';

import Provider, { interactionPolicy } from 'oidc-provider';

import { choicePage, failurePage, languageOf, welcomePage } from './page.mjs';

const BODY_BYTES_MAX = 10_000;
const LEVELS = ['low', 'substantial', 'high'].map((level) => `http://eidas.europa.eu/LoA/${level}`);
const [, SUBSTANTIAL] = LEVELS;

const { values: options } = parseArgs({
  options: {
    people: { type: 'string' },
    issuer: { type: 'string' },
    port: { type: 'string' },
    'client-id': { type: 'string' },
    'client-keys': { type: 'string' },
    'return-url': { type: 'string' },
  },
});
const people = new Map(JSON.parse(readFileSync(options.people, 'utf8')).map((person) => [person.hint, person]));
const stylesheet = readFileSync(new URL('./style.css', import.meta.url));
const clientOrigin = new URL(options['return-url']).origin;

const provider = new Provider(options.issuer, {
  clients: [{
    client_id: options['client-id'],
    redirect_uris: [options['return-url']],
    jwks: JSON.parse(options['client-keys']),
    grant_types: ['authorization_code'],
    response_types: ['code'],
    token_endpoint_auth_method: 'private_key_jwt',
    token_endpoint_auth_signing_alg: 'ES256',
    id_token_signed_response_alg: 'ES256',
    require_pushed_authorization_requests: true,
  }],
  jwks: { keys: [newKey()] },
  cookies: { keys: [randomBytes(32).toString('hex')] },
  clientAuthMethods: ['private_key_jwt'],
  responseTypes: ['code'],
  pkce: { required: () => true },
  acrValues: LEVELS,
  claims: { openid: ['sub'], profile: ['name', 'name_ar'], civil: ['civil_number', 'card_serial'], acr: null, auth_time: null },
  conformIdTokenClaims: false,
  features: { devInteractions: { enabled: false }, pushedAuthorizationRequests: { enabled: true } },
  interactions: { policy: alwaysAsk(), url: (_, interaction) => `/interaction/${interaction.uid}` },
  ttl: { AuthorizationCode: 60, IdToken: 300, AccessToken: 300, Interaction: 900, Session: 900, Grant: 900 },
  findAccount: (_, hint) => {
    const person = people.get(hint);
    const { civil_number, card_serial, name, name_ar } = person ?? {};
    return person && { accountId: hint, claims: () => ({ sub: hint, civil_number, card_serial, name, name_ar }) };
  },
  loadExistingGrant: agreedGrant,
  renderError: (ctx, out) => {
    ctx.type = 'html';
    ctx.set(headers());
    ctx.body = failurePage({ language: languageOf(ctx.query.ui_locales), reason: out.error_description ?? out.error });
  },
});

const oidc = provider.callback();
const server = createServer((request, response) => {
  answer(request, response).catch((error) => {
    const status = error.statusCode ?? error.status ?? 500;
    if (status === 500) console.error(error);
    send(response, failurePage({ language: 'ar', reason: error.error_description ?? error.message }), { status });
  });
});
server.on('error', (error) => {
  console.error(`The demonstration's national ID cannot listen on port ${options.port}: ${error.message}`);
  process.exit(1);
});
server.listen(Number(options.port), '127.0.0.1', () => console.log(`ready ${options.issuer}`));
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => { server.closeAllConnections(); server.close(() => process.exit(0)); });
}

async function answer(request, response) {
  const address = new URL(request.url, options.issuer);
  const [, place, , act] = address.pathname.split('/');
  if (address.pathname === '/') return send(response, welcomePage({ clientOrigin }));
  if (address.pathname === '/style.css') return send(response, stylesheet, { type: 'text/css' });
  if (place !== 'interaction') return oidc(strangersRequest(request), response);
  if (act === 'sign-in' && request.method === 'POST') return signIn(request, response);
  if (act === 'stop' && request.method === 'POST') return stop(request, response);
  return choose(request, response, address.searchParams.get('lang'));
}

/** The page on which somebody says who he is; a login hint leaves one person to choose. */
async function choose(request, response, language) {
  const { uid, params } = await provider.interactionDetails(request, response);
  const hinted = people.get(params.login_hint);
  send(response, choicePage({
    uid,
    language: languageOf(language ?? params.ui_locales),
    people: hinted ? [hinted] : [...people.values()],
    isHinted: Boolean(hinted),
    isSurest: levelFor(params) === LEVELS[2],
  }));
}

async function signIn(request, response) {
  const { params } = await provider.interactionDetails(request, response);
  const person = people.get((await formOf(request)).get('person'));
  if (!person) throw Object.assign(new Error('nobody of that name is here'), { statusCode: 400 });
  const login = { accountId: person.hint, acr: levelFor(params), amr: ['demonstration'], remember: false };
  await provider.interactionFinished(request, response, { login }, { mergeWithLastSubmission: false });
}

async function stop(request, response) {
  const refusal = { error: 'access_denied', error_description: 'the person stopped' };
  await provider.interactionFinished(request, response, refusal, { mergeWithLastSubmission: false });
}

/** Substantial where that is enough, as an app with a PIN gives; the surest only when it alone is asked for. */
function levelFor(params) {
  const wanted = (params.acr_values ?? SUBSTANTIAL).split(' ');
  return wanted.includes(SUBSTANTIAL) ? SUBSTANTIAL : wanted.find((level) => LEVELS.includes(level)) ?? SUBSTANTIAL;
}

/** The request without the cookie by which the provider would know the last person of this browser. */
function strangersRequest(request) {
  const cookies = (request.headers.cookie ?? '').split('; ').filter((cookie) => !cookie.startsWith('_session'));
  request.headers.cookie = cookies.join('; ');
  return request;
}

/** Whoever sat here before must not be signed in by a later visitor's click. */
function alwaysAsk() {
  const policy = interactionPolicy.base();
  const { Check } = interactionPolicy;
  policy.get('login').checks.add(new Check('always_ask', 'each sign-in is asked for', (ctx) => !ctx.oidc.result?.login));
  policy.remove('consent');
  return policy;
}

/** The one client is the state's own portal; it is given what it asks for. */
async function agreedGrant(ctx) {
  const { client, session, params } = ctx.oidc;
  const grant = new ctx.oidc.provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope(params.scope);
  await grant.save();
  return grant;
}

function newKey() {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'ES256', kid: randomBytes(8).toString('hex') };
}

async function formOf(request) {
  let body = '';
  for await (const part of request) {
    body += part;
    if (body.length > BODY_BYTES_MAX) throw Object.assign(new Error('too much'), { statusCode: 413 });
  }
  return new URLSearchParams(body);
}

function headers(type = 'text/html') {
  return {
    'Content-Type': `${type}; charset=utf-8`,
    'Cache-Control': 'no-store',
    // A posted form is led back to the client, and browsers hold form-action against each step of the way.
    'Content-Security-Policy': "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
      + `form-action 'self' ${clientOrigin}`,
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
  };
}

function send(response, body, { status = 200, type } = {}) {
  if (response.headersSent) return;
  response.writeHead(status, headers(type)).end(body);
}
