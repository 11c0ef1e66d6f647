//! The API: reached, what it asks for, and what it answers to a token.

use helseid_client::{Client, MAX_RESPONSE_BYTES, Response};
use helseid_http::{InsecureHosts, Probe};
use helseid_protocol::challenge::Challenge;
use helseid_protocol::endpoint::token::TokenType;
use helseid_protocol::rule::Rule;
use http::{HeaderMap, Request, StatusCode, header};
use tokio::time::Instant;
use url::Url;

use super::configuration::Setup;
use super::report::{Report, Step};
use super::stage::Stage;
use crate::args::DoctorFlags;
use crate::failure::Failure;
use crate::verdict;
use crate::words::milliseconds;

pub(super) async fn examine(
    flags: &DoctorFlags,
    setup: &Setup,
    client: &Client,
    report: &mut Report,
) -> Result<(), Failure> {
    let url = match (flags.address.as_ref().or(flags.url.as_ref()), &setup.config.api_url) {
        (Some(url), _) => url.clone(),
        (None, Some(url)) => url.clone(),
        (None, None) => {
            for stage in [Stage::Api, Stage::Challenge, Stage::Call] {
                report.add(Step::skipped(stage, "no API is named: give --url, or set url under [api]"))?;
            }
            return Ok(());
        }
    };
    reached(setup, &url, report).await?;
    if report.is_well() {
        challenge(setup, &url, report).await?;
    }
    if report.is_well() {
        call(client, &url, report).await?;
    }
    Ok(())
}

async fn reached(setup: &Setup, url: &Url, report: &mut Report) -> Result<(), Failure> {
    let shown = without_query(url);
    if !setup.outbound.may_send_to(url) {
        let why = "expected https: with http, anyone on the network could read the token";
        let next = format!(
            "call the API over https, or in a network of your own set insecure_http = [\"{}\"] (--insecure-http, HELSEID_INSECURE_HTTP)",
            InsecureHosts::entry_for(url)
        );
        return report.add(Step::failed(Stage::Api, format!("{shown} is not called"), why, next));
    }
    match setup.outbound.proxy(url) {
        Ok(None) => {}
        Ok(Some(proxy)) => {
            return report.add(Step::passed(Stage::Api, format!("{shown} through the proxy {proxy}")));
        }
        Err(why) => return report.add(Step::failed(Stage::Api, why.what(), &why, why.next())),
    }
    let Probe { dns, tcp, tls, .. } = setup.outbound.probe(url).await;
    let legs = [("dns", Some(dns)), ("tcp", tcp), ("tls", tls)];
    let mut told = Vec::new();
    for (name, leg) in legs.into_iter().filter_map(|(name, leg)| Some((name, leg?))) {
        match leg.outcome {
            Ok(_) => told.push(format!("{name} {}", milliseconds(leg.took))),
            Err(why) => {
                let next = "check the address of the API, that it runs, and ca_file for its certificate";
                let says = format!("{shown} is not reached: {name}");
                return report.add(Step::failed(Stage::Api, says, why, next));
            }
        }
    }
    report.add(Step::passed(Stage::Api, format!("{shown} is reached: {}", told.join(", "))))
}

/// Asks without a token: what an API says then is what it wants (RFC 6750 section 3, RFC 9449 section 7.1).
async fn challenge(setup: &Setup, url: &Url, report: &mut Report) -> Result<(), Failure> {
    let asked = Request::get(url.as_str()).body(Vec::new());
    let answer = match asked {
        Ok(request) => setup.outbound.send(request, MAX_RESPONSE_BYTES).await,
        Err(why) => {
            return report.add(Step::failed(
                Stage::Challenge,
                "the API is not asked",
                why,
                "correct its address",
            ));
        }
    };
    let answer = match answer {
        Ok(answer) => answer,
        Err(why) => {
            let next = "see the API's log";
            return report.add(Step::failed(Stage::Challenge, "the API did not respond", why, next));
        }
    };
    report.add(understood(answer.status(), answer.headers()))
}

fn understood(status: StatusCode, headers: &HeaderMap) -> Step {
    let challenges = challenges(headers);
    let schemes: Vec<_> = challenges.iter().map(Challenge::scheme).collect();
    let Some(dpop) = challenges.iter().find(|challenge| challenge.is(TokenType::Dpop)) else {
        return match (status.as_u16(), schemes.as_slice()) {
            // Many frameworks say Bearer whatever they take: the call tells.
            (401, [_, ..]) => {
                let says = format!("the API's challenge names {}, and not DPoP", schemes.join(", "));
                let next = "ask the API's owner for WWW-Authenticate: DPoP; the step call shows whether it accepts DPoP";
                Step::warned(Stage::Challenge, says, next)
            }
            (401, []) => {
                let next =
                    "ask the API's owner for WWW-Authenticate: DPoP, which clients need to know what to send";
                Step::warned(Stage::Challenge, "401 without a challenge", next)
            }
            (200..=299, _) => {
                let next = "tell the API's owner: anyone who knows the address gets the response";
                Step::warned(Stage::Challenge, format!("the API answers {status} without a token"), next)
            }
            (500..=599, _) => {
                let why = format!("it answered {status}");
                Step::failed(Stage::Challenge, "the API does not work", why, "see the API's log")
            }
            _ => Step::warned(
                Stage::Challenge,
                format!("the API answers {status} before it asks for a token"),
                "check the path of its address",
            ),
        };
    };
    let algorithms = dpop.parameter("algs").unwrap_or_default();
    if !algorithms.is_empty() && !algorithms.split(' ').any(|name| name == "ES256") {
        let why = format!("proofs are made with ES256, and it takes {algorithms}");
        return Step::failed(
            Stage::Challenge,
            "the API does not accept this client's proofs",
            why,
            "ask the API's owner for ES256",
        )
        .rule(Some(Rule::DpopAlg));
    }
    let also =
        if schemes.len() > 1 { format!("; it takes {}", schemes.join(" and ")) } else { String::new() };
    Step::passed(Stage::Challenge, format!("it asks for DPoP{also}"))
}

fn challenges(headers: &HeaderMap) -> Vec<Challenge> {
    let all = headers.get_all(header::WWW_AUTHENTICATE).iter();
    all.filter_map(|value| Challenge::read(value).ok()).flatten().collect()
}

async fn call(client: &Client, url: &Url, report: &mut Report) -> Result<(), Failure> {
    let began = Instant::now();
    let step = match client.get(url.as_str()).send().await {
        Ok(answer) => answered(url, &answer).took(began.elapsed()),
        Err(error) => Step::of_error(Stage::Call, &error),
    };
    report.add(step)
}

fn answered(url: &Url, answer: &Response) -> Step {
    let (status, shown) = (answer.status(), without_query(url));
    let says = format!("GET {shown} answered {status}");
    match status.as_u16() {
        200..=299 => Step::passed(Stage::Call, format!("{says}, {} bytes", answer.bytes().len())),
        401 | 403 => refused(says, answer),
        300..=399 => {
            let next = "call the address that it sends to: a token follows no redirect";
            Step::warned(Stage::Call, says, next)
        }
        500..=599 => Step::failed(
            Stage::Call,
            says,
            "the API accepted the token, and then failed",
            "see the API's log",
        ),
        _ => Step::warned(
            Stage::Call,
            format!("{says}: the token was accepted"),
            "check the path and the method",
        ),
    }
}

fn refused(says: String, answer: &Response) -> Step {
    let challenges = challenges(answer.headers());
    let said = challenges.iter().find(|challenge| challenge.parameter("error").is_some());
    let Some(said) = said else {
        let takes = |scheme| challenges.iter().any(|challenge| challenge.is(scheme));
        if answer.status() == StatusCode::UNAUTHORIZED && takes(TokenType::Bearer) && !takes(TokenType::Dpop)
        {
            let why = "it asks for Bearer, and does not accept the token with DPoP; a bound token is never sent as Bearer";
            return Step::failed(Stage::Call, says, why, verdict::BEARER_ALONE).rule(Some(Rule::ApiScheme));
        }
        let why = "it does not say why";
        return Step::failed(
            Stage::Call,
            says,
            why,
            "ask the API's owner; the token itself is explained above",
        );
    };
    let parameter = |name: &str| said.parameter(name).unwrap_or_default();
    let (code, description) = (parameter("error"), parameter("error_description"));
    let rule =
        verdict::named(description).or_else(|| (code == "insufficient_scope").then_some(Rule::ApiScope));
    let why = if description.is_empty() { code.to_owned() } else { format!("{code}: {description}") };
    let next = match (rule, parameter("scope")) {
        (Some(Rule::ApiScope), scope) if !scope.is_empty() => {
            format!("ask for the scope {scope}, and register for it")
        }
        (Some(rule), _) => rule.fix().to_owned(),
        (None, _) => "compare the token's aud, scope and exp above with what the API expects".to_owned(),
    };
    Step::failed(Stage::Call, says, helseid_protocol::secret::shown(&why), next).rule(rule)
}

/// Queries can hold what is nobody's business.
fn without_query(url: &Url) -> String {
    url.as_str().split(['?', '#']).next().unwrap_or_default().to_owned()
}
