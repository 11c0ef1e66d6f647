//! Token endpoints and APIs under load, ours and those of peers, one after the other in each round.

use std::cell::OnceCell;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use bytes::Bytes;
use helseid_protocol::jose::Algorithm;
use helseid_protocol::jose::Algorithm::{ES256, RS256};
use helseid_protocol::rule::Profile;

use super::ticks::{Tick, Ticker};
use crate::figures::Figure;
use crate::load::{
    AUDIENCE, Asking, CALLBACK, Calls, Load, Logins, Measured, PATH, Who, prepared, verify_tokens,
};
use crate::machine::{Place, Server};
use crate::world::World;

const ROUNDS: usize = 5;

/// How many tokens there are where they come again: half of what our API remembers unless told.
const TOKENS: usize = 2_000;

/// The work of one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The bare answer of axum.
    Bare,
    /// Tokens signed with one algorithm for assertions signed with another, bound by DPoP or not.
    Tokens { signed: Algorithm, assertion: Algorithm, dpop: bool },
    /// Logins of a person: four requests, and tokens signed with one algorithm for assertions signed with another.
    Logins { signed: Algorithm, assertion: Algorithm },
    /// Calls of an API, with tokens that come again or are all new.
    Calls { dpop: bool, new: bool },
}

impl Kind {
    fn name(self) -> String {
        let bound = |dpop| if dpop { "DPoP" } else { "Bearer" };
        match self {
            Self::Bare => "GET".to_owned(),
            Self::Tokens { signed, assertion, dpop } => {
                format!("{} token, {} assertion, {}", signed.name(), assertion.name(), bound(dpop))
            }
            Self::Logins { signed, assertion } => {
                format!("login, {} tokens, {} assertions, DPoP", signed.name(), assertion.name())
            }
            Self::Calls { dpop, new } => {
                format!("{}, token {}", bound(dpop), if new { "new" } else { "seen before" })
            }
        }
    }

    /// Microseconds of the signatures that a request cannot do without.
    fn signatures(self, tick: Tick) -> f64 {
        let proof = |dpop| if dpop { tick.p256_verify } else { 0.0 };
        match self {
            Self::Bare => 0.0,
            Self::Tokens { signed, assertion, dpop } => {
                tick.verify(assertion) + tick.sign(signed) + proof(dpop)
            }
            // Of three assertions, two proofs, and an access token and an ID token, twice.
            Self::Logins { signed, assertion } => {
                3.0 * tick.verify(assertion) + 2.0 * tick.p256_verify + 4.0 * tick.sign(signed)
            }
            Self::Calls { dpop, new } => proof(dpop) + if new { tick.rsa_verify } else { 0.0 },
        }
    }
}

impl Kind {
    /// Answers for one of them.
    const fn answers(self) -> f64 {
        match self {
            Self::Logins { .. } => 4.0,
            Self::Bare | Self::Tokens { .. } | Self::Calls { .. } => 1.0,
        }
    }
}

/// A server and its load.
struct Row {
    subject: &'static str,
    kind: Kind,
    /// As many requests as it may answer while it is measured.
    requests: usize,
}

const fn row(subject: &'static str, kind: Kind, requests: usize) -> Row {
    Row { subject, kind, requests }
}

const fn tokens(signed: Algorithm, assertion: Algorithm, dpop: bool) -> Kind {
    Kind::Tokens { signed, assertion, dpop }
}

const fn logins(algorithm: Algorithm) -> Kind {
    Kind::Logins { signed: algorithm, assertion: algorithm }
}

/// Ours in memory, as the peer is.
const IN_MEMORY: &str = "helseid authority, in memory";

/// Who logs in at ours.
const PERSON: &str = "06828399789";

const ROWS: &[Row] = &[
    row("bare axum", Kind::Bare, 1),
    row("helseid authority", tokens(RS256, RS256, true), 9_000),
    row("oidc-provider", tokens(RS256, RS256, true), 3_500),
    row("helseid authority", tokens(ES256, RS256, true), 20_000),
    row("oidc-provider", tokens(ES256, RS256, true), 4_000),
    row("helseid authority", tokens(ES256, ES256, true), 18_000),
    row("oidc-provider", tokens(ES256, ES256, true), 3_500),
    row("helseid authority", tokens(RS256, RS256, false), 10_000),
    row("oidc-provider", tokens(RS256, RS256, false), 4_000),
    row("Authlib", tokens(RS256, RS256, false), 3_500),
    row(IN_MEMORY, logins(RS256), 3_000),
    row("helseid authority", logins(RS256), 3_000),
    row("oidc-provider", logins(RS256), 1_000),
    row(IN_MEMORY, logins(ES256), 6_000),
    row("helseid authority", logins(ES256), 6_000),
    row("oidc-provider", logins(ES256), 1_000),
    row("helseid-api", Kind::Calls { dpop: true, new: false }, 40_000),
    row("Fastify and jose", Kind::Calls { dpop: true, new: false }, 8_000),
    row("express-oauth2-jwt-bearer", Kind::Calls { dpop: true, new: false }, 7_000),
    row("helseid-api", Kind::Calls { dpop: true, new: true }, 24_000),
    row("helseid-api", Kind::Calls { dpop: false, new: true }, 60_000),
    row("Fastify and jose", Kind::Calls { dpop: false, new: true }, 20_000),
    row("express-oauth2-jwt-bearer", Kind::Calls { dpop: false, new: true }, 12_000),
    row("helseid-api", Kind::Calls { dpop: false, new: false }, TOKENS),
    row("Fastify and jose", Kind::Calls { dpop: false, new: false }, TOKENS),
];

/// Measures every row in every round; `only` names a part of a subject or of a load.
pub(crate) fn run(world: &World, only: Option<&str>) {
    let (ticker, tokens) = (Ticker::new(world.cores), Tokens::new(world));
    for round in 0..if world.short { 1 } else { ROUNDS } {
        let mut bare = f64::NAN;
        for row in ROWS {
            let named = |part: &str| format!("{} {}", row.subject, row.kind.name()).contains(part);
            if row.kind != Kind::Bare && !only.is_none_or(named) {
                continue;
            }
            let before = ticker.tick();
            let measured = measure(world, &tokens, row);
            let tick = before.between(ticker.tick());
            if row.kind == Kind::Bare {
                bare = 1e6 / measured.rate;
            }
            keep(row, round, &measured, (row.kind.signatures(tick), row.kind.answers() * bare), tick);
        }
    }
}

/// Tokens that are made once, for all rounds, when a row asks for them.
struct Tokens<'w> {
    world: &'w World,
    made: [OnceCell<Calls>; 4],
}

impl<'w> Tokens<'w> {
    fn new(world: &'w World) -> Self {
        Self { world, made: Default::default() }
    }

    fn of(&self, dpop: bool, new: bool) -> &Calls {
        let rows = ROWS.iter().filter(|row| row.kind == Kind::Calls { dpop, new });
        let most = rows.map(|row| row.requests).max().unwrap();
        let count = if self.world.short {
            200
        } else if new {
            most
        } else {
            TOKENS
        };
        let make = || self.world.cores.at(Place::Both, || Calls::new(&self.world.issuer, count, dpop));
        self.made.get(usize::from(dpop) + 2 * usize::from(new)).unwrap().get_or_init(make)
    }
}

fn measure(world: &World, made: &Tokens<'_>, row: &Row) -> Measured {
    let folder = world.new_folder();
    let server = Server::start(&mut command(world, row, folder.path()), world.cores, Place::Server);
    let count = if world.short { 200 } else { row.requests };
    let load = |warm_up: usize| Load {
        connections: 16,
        warm_up: if world.short { count / 2 } else { warm_up },
        time: Duration::from_secs(if world.short { 1 } else { 2 }),
    };
    match row.kind {
        Kind::Bare => {
            let request = Bytes::from(format!("GET {PATH} HTTP/1.1\r\nHost: {}\r\n\r\n", server.address));
            load(5_000).run(&server, &mut std::iter::repeat(request), &mut patients())
        }
        Kind::Tokens { assertion, dpop, .. } => {
            let client = world.client(assertion);
            let asking = Asking::new(&client, &server, dpop);
            let all = world.cores.at(Place::Both, || prepared(count, |n| asking.request(n)));
            let mut bodies = Vec::new();
            let measured = load(1_000).run(&server, &mut all.into_iter(), &mut |body| bodies.push(body));
            verify_tokens(&bodies, &asking.keys(), bodies.len() / 500);
            measured
        }
        Kind::Logins { assertion, .. } => {
            let client = world.client(assertion);
            let is_ours = row.subject != "oidc-provider";
            let who = if is_ours { Who::Person(PERSON) } else { Who::SignedIn };
            let logins = Logins::new(client.first().unwrap(), &server, who);
            let all = world.cores.at(Place::Both, || prepared(count, |n| logins.login(n)));
            let mut bodies = Vec::new();
            let measured = load(300).run(&server, &mut all.into_iter(), &mut |body| bodies.push(body));
            verify_tokens(&bodies, &logins.keys(), bodies.len() / 500);
            measured
        }
        Kind::Calls { dpop, new } => {
            let calls = made.of(dpop, new);
            let all = world.cores.at(Place::Both, || calls.of(server.address, count));
            // A token is seen before only when each has been.
            let load = load(if new { 1_500 } else { TOKENS + 500 });
            if dpop || new {
                load.run(&server, &mut all.into_iter(), &mut patients())
            } else {
                load.run(&server, &mut all.into_iter().cycle(), &mut patients())
            }
        }
    }
}

/// Checks that every answer is the same, and has the patients in it.
fn patients() -> impl FnMut(Bytes) {
    let mut first = Bytes::new();
    move |body| {
        if first.is_empty() {
            assert!(String::from_utf8_lossy(&body).contains("13109525611"), "an answer without patients");
            first = body;
        } else {
            assert_eq!(first, body, "an answer that differs from the first");
        }
    }
}

/// How the server of a row is started.
fn command(world: &World, row: &Row, folder: &Path) -> Command {
    match (row.subject, row.kind) {
        (_, Kind::Bare) => {
            let mut command = Command::new(std::env::current_exe().unwrap());
            command.arg("bare");
            command
        }
        ("helseid authority", Kind::Tokens { signed, dpop, .. }) => {
            let profile = if dpop { Profile::Helseid } else { Profile::Legacy };
            world.authority(folder, signed, profile)
        }
        (IN_MEMORY, Kind::Logins { signed, .. }) => world.authority_in_memory(signed),
        ("helseid authority", Kind::Logins { signed, .. }) => {
            world.authority(folder, signed, Profile::Helseid)
        }
        (_, Kind::Logins { signed, assertion }) => {
            let mut command = world.peer_authority("node/oidc_provider.mjs", signed, assertion);
            command.env("REDIRECT_URI", CALLBACK);
            command
        }
        ("helseid-api", Kind::Calls { dpop, .. }) => {
            let mut command =
                world.helseid(&["sample-api", "--listen", "127.0.0.1:0", "--audience", AUDIENCE]);
            command.args(["--issuer", world.issuer.name.as_str(), "--scheme", scheme(dpop)]);
            command
        }
        (peer, Kind::Tokens { signed, assertion, .. }) => {
            let program =
                if peer == "Authlib" { "python/authlib_server.py" } else { "node/oidc_provider.mjs" };
            world.peer_authority(program, signed, assertion)
        }
        (peer, Kind::Calls { dpop, .. }) => {
            let fastify = peer == "Fastify and jose";
            let program = if fastify { "node/fastify_jose.mjs" } else { "node/express_bearer.mjs" };
            world.peer(
                program,
                &[("HELSEID_ISSUER", world.issuer.name.as_str()), ("SCHEME", scheme(dpop)), ("ALG", "RS256")],
            )
        }
    }
}

const fn scheme(dpop: bool) -> &'static str {
    if dpop { "dpop" } else { "bearer" }
}

/// `limit`: the signatures and the bare answer, in microseconds.
#[expect(clippy::cast_precision_loss, reason = "counts of a bench")]
fn keep(row: &Row, round: usize, measured: &Measured, limit: (f64, f64), tick: Tick) {
    let (signatures, bare) = limit;
    Figure::new("rounds", row.subject, &row.kind.name())
        .with("round", round as f64)
        .with("answers", measured.answers as f64)
        .with("rate", measured.rate)
        .with("server_us", measured.server_micros)
        .with("p50_us", measured.p50)
        .with("p99_us", measured.p99)
        .with("resident_mib", measured.resident / 1_048_576.0)
        .with("limit_us", signatures + bare)
        .with("score", measured.rate * (signatures + bare) / 1e6)
        .with("rsa_sign_us", tick.rsa_sign)
        .with("rsa_verify_us", tick.rsa_verify)
        .with("p256_sign_us", tick.p256_sign)
        .with("p256_verify_us", tick.p256_verify)
        .keep();
}
