//! All goals. What is reached stands nowhere here: it is asked of the figures.

use super::{Bound, Goal, Quantity, Unit};
use crate::report::measured::{Row, Value};

/// All of them, in the order of the table.
pub(in crate::report) const GOALS: &[Goal] = &[
    score("token endpoint, RS256 token and assertion, DPoP: score", authority(RS256_DPOP), 0.88),
    times(
        "the same, over oidc-provider",
        authority(RS256_DPOP),
        under_load("oidc-provider", RS256_DPOP),
        Bound::AtLeast(3.5),
    ),
    score("token endpoint, ES256 token, RS256 assertion, DPoP: score", authority(ES256_DPOP), 0.75),
    times(
        "the same, over oidc-provider",
        authority(ES256_DPOP),
        under_load("oidc-provider", ES256_DPOP),
        Bound::AtLeast(8.0),
    ),
    score("token endpoint, ES256 token and assertion, DPoP: score", authority(ES256_ES256_DPOP), 0.80),
    score("login, RS256 tokens and assertions, nothing durable: score", in_memory(RS256_LOGIN), 0.85),
    times(
        "the same, over oidc-provider",
        in_memory(RS256_LOGIN),
        under_load("oidc-provider", RS256_LOGIN),
        Bound::None,
    ),
    times(
        "login, ES256 tokens and assertions, nothing durable: over oidc-provider",
        in_memory(ES256_LOGIN),
        under_load("oidc-provider", ES256_LOGIN),
        Bound::AtLeast(6.0),
    ),
    score("API, DPoP, token seen before: score", api(DPOP_SEEN), 0.85),
    times(
        "the same, over Fastify and jose",
        api(DPOP_SEEN),
        under_load("Fastify and jose", DPOP_SEEN),
        Bound::AtLeast(5.5),
    ),
    score("API, DPoP, every token new: score", api(DPOP_NEW), 0.80),
    score("API, Bearer, every token new: score", api(BEARER_NEW), 0.82),
    score("API, Bearer, token seen before: share of bare axum", api(BEARER_SEEN), 0.90),
    goal(
        "client: added to a call over the same HTTP client",
        Bound::AtMost(30.0),
        Unit::Micros,
        Quantity::Pair("whole call", "added"),
    ),
    goal(
        "client: a proof for a call, share of a bare P-256 signature",
        Bound::AtLeast(0.80),
        Unit::Share,
        Quantity::Pair("proof ES256 with token", "share"),
    ),
    goal(
        "client: an RS256 assertion, share of a bare RSA signature",
        Bound::AtLeast(0.96),
        Unit::Share,
        Quantity::Pair("assertion RS256", "share"),
    ),
    goal(
        "app: added to a request of somebody who is logged in",
        Bound::AtMost(15.0),
        Unit::Micros,
        Quantity::Pair("request of a person", "added"),
    ),
    goal(
        "app: added to the signatures of a whole login",
        Bound::AtMost(150.0),
        Unit::Micros,
        Quantity::Pair("whole login", "added"),
    ),
    goal(
        "whole process of a client: time of the Python program over ours",
        Bound::AtLeast(15.0),
        Unit::Times,
        Quantity::Ratio(whole_process("client_2021.py"), whole_process("helseid call")),
    ),
    goal(
        "authority: from its start in a new folder to the first answer",
        Bound::AtMost(20.0),
        Unit::Millis,
        Quantity::Of(Row::new("processes", "helseid authority, new folder", "start").value("wall_ms")),
    ),
    goal(
        "authority: memory after 1,000,000 tokens",
        Bound::AtMost(40.0),
        Unit::Mebibytes,
        Quantity::Of(after("1000000")),
    ),
    goal(
        "authority: memory after the third million over that after the second",
        Bound::AtMost(1.02),
        Unit::Ratio,
        Quantity::Ratio(after("3000000"), after("2000000")),
    ),
    goal(
        "sidecar: added to a bare answer by a kept token",
        Bound::AtMost(100.0),
        Unit::Micros,
        Quantity::Of(sidecar("/api/v1/token, kept", "load").value("added_us")),
    ),
    goal(
        "sidecar: added to a bare answer and a P-256 signature by headers",
        Bound::AtMost(60.0),
        Unit::Micros,
        Quantity::Of(sidecar("/api/v1/headers", "load").value("added_us")),
    ),
    goal(
        "sidecar: memory, idle",
        Bound::AtMost(12.0),
        Unit::Mebibytes,
        Quantity::Of(sidecar("idle", "memory").value("resident_mib")),
    ),
    goal(
        "sidecar: memory while bodies of 40 MB pass, over that after a call",
        Bound::AtMost(1.5),
        Unit::Ratio,
        Quantity::Ratio(
            sidecar("bodies of 40 MB each way, four at once", "memory").value("resident_mib"),
            sidecar("a call", "memory").value("resident_mib"),
        ),
    ),
    goal(
        "sidecar: CPU of a call over nginx as a plain proxy and a P-256 signature",
        Bound::AtMost(2.0),
        Unit::Ratio,
        Quantity::Ratio(
            sidecar("/call", "load").value("server_us"),
            sidecar("/call", "load").value("limit_cpu_us"),
        ),
    ),
    goal(
        "sidecar: p99 over p50 of a kept token and of headers",
        Bound::AtMost(1.6),
        Unit::Ratio,
        Quantity::Tail(&[sidecar("/api/v1/token, kept", "load"), sidecar("/api/v1/headers", "load")]),
    ),
    goal(
        "DPoP at 16 connections: p99 over p50, the worst of three loads",
        Bound::AtMost(1.6),
        Unit::Ratio,
        Quantity::Tail(&[authority(RS256_DPOP), authority(ES256_DPOP), api(DPOP_SEEN)]),
    ),
    goal(
        "CPU of a token request on two cores over that on one",
        Bound::AtMost(1.05),
        Unit::Ratio,
        Quantity::Ratio(on_cores("2"), on_cores("1")),
    ),
    goal(
        "authority: memory after the load with ES256 tokens",
        Bound::None,
        Unit::Mebibytes,
        Quantity::Of(authority(ES256_DPOP).value("resident_mib")),
    ),
    goal(
        "API: memory after the load with DPoP",
        Bound::None,
        Unit::Mebibytes,
        Quantity::Of(api(DPOP_SEEN).value("resident_mib")),
    ),
    goal(
        "the whole binary",
        Bound::None,
        Unit::Mebibytes,
        Quantity::Of(Row::new("processes", "helseid", "size").value("mib")),
    ),
];

const RS256_DPOP: &str = "RS256 token, RS256 assertion, DPoP";
const ES256_DPOP: &str = "ES256 token, RS256 assertion, DPoP";
const ES256_ES256_DPOP: &str = "ES256 token, ES256 assertion, DPoP";
const RS256_LOGIN: &str = "login, RS256 tokens, RS256 assertions, DPoP";
const ES256_LOGIN: &str = "login, ES256 tokens, ES256 assertions, DPoP";
const DPOP_SEEN: &str = "DPoP, token seen before";
const DPOP_NEW: &str = "DPoP, token new";
const BEARER_NEW: &str = "Bearer, token new";
const BEARER_SEEN: &str = "Bearer, token seen before";

const fn under_load(subject: &'static str, load: &'static str) -> Row<'static> {
    Row::new("rounds", subject, load)
}

const fn authority(load: &'static str) -> Row<'static> {
    under_load("helseid authority", load)
}

const fn in_memory(load: &'static str) -> Row<'static> {
    under_load("helseid authority, in memory", load)
}

const fn api(load: &'static str) -> Row<'static> {
    under_load("helseid-api", load)
}

const fn score(what: &'static str, row: Row<'static>, at_least: f64) -> Goal {
    Goal {
        what,
        bound: Bound::AtLeast(at_least),
        unit: Unit::Share,
        reached: Quantity::Of(row.value("score")),
    }
}

const fn times(what: &'static str, ours: Row<'static>, peer: Row<'static>, bound: Bound) -> Goal {
    let reached = Quantity::Ratio(ours.value("rate"), peer.value("rate"));
    Goal { what, bound, unit: Unit::Times, reached }
}

const fn goal(what: &'static str, bound: Bound, unit: Unit, reached: Quantity) -> Goal {
    Goal { what, bound, unit, reached }
}

const fn whole_process(subject: &'static str) -> Value<'static> {
    Row::new("processes", subject, "whole process").value("wall_ms")
}

const fn after(tokens: &'static str) -> Value<'static> {
    Row::new("endurance", "helseid authority", tokens).value("resident_mib")
}

const fn sidecar(subject: &'static str, load: &'static str) -> Row<'static> {
    Row::new("sidecar", subject, load)
}

const fn on_cores(count: &'static str) -> Value<'static> {
    Row::new("scale", "cores", count).value("server_us")
}
