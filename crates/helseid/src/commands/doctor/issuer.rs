//! The way to the issuer, and what it says of itself.

use helseid_http::{FetchError, HttpErrorKind, IssuerKeyRing, IssuerMetadata, Leg, Probe, system_clock};
use helseid_protocol::endpoint::Metadata;
use helseid_protocol::endpoint::metadata::InvalidMetadata;
use helseid_protocol::jose::Algorithm;
use helseid_protocol::rule::Rule;
use std::sync::Arc;
use tokio::time::Instant;
use url::Url;

use super::configuration::Setup;
use super::report::{Report, Step};
use super::stage::Stage;
use crate::failure::Failure;

pub(super) async fn examine(setup: &Setup, report: &mut Report) -> Result<Option<Metadata>, Failure> {
    let Ok(url) = Url::parse(setup.config.issuer.as_str()) else { return Ok(None) };
    way(setup, &url, report).await?;
    if !report.is_well() {
        return Ok(None);
    }
    let Some(metadata) = discovery(setup, report).await? else { return Ok(None) };
    let Some(keys) = &metadata.jwks_uri else {
        let says = "the metadata has no jwks_uri, which APIs need to verify tokens, and a client does not";
        report.add(Step::skipped(Stage::IssuerKeys, says.to_owned()))?;
        return Ok(Some(metadata));
    };
    let began = Instant::now();
    let ring =
        IssuerKeyRing::new(setup.config.issuer.clone(), setup.outbound.clone(), Arc::new(system_clock));
    match ring.warm_up().await {
        Ok(()) => {
            report.add(Step::passed(Stage::IssuerKeys, keys).took(began.elapsed()))?;
            Ok(Some(metadata))
        }
        Err(why) => {
            let says = "the keys that tokens are signed with cannot be used: every API will refuse them";
            report.add(Step::failed(Stage::IssuerKeys, says, why, "tell the operator of the issuer"))?;
            Ok(None)
        }
    }
}

async fn way(setup: &Setup, url: &Url, report: &mut Report) -> Result<(), Failure> {
    match setup.outbound.proxy(url) {
        Ok(None) => {}
        Ok(Some(proxy)) => {
            for stage in [Stage::Dns, Stage::Tcp, Stage::Tls] {
                report.add(Step::skipped(stage, format!("through the proxy {proxy}")))?;
            }
            return Ok(());
        }
        Err(why) => return report.add(Step::failed(Stage::Tcp, why.what(), &why, why.next())),
    }
    let host = url.host_str().unwrap_or_default();
    let Probe { dns, tcp, tls, .. } = setup.outbound.probe(url).await;
    let next = "check issuer for a typing error, and the DNS settings of this machine";
    report.add(leg(Stage::Dns, &format!("the name {host} is not known"), next, &dns))?;
    let next = "check that it runs (a local one: helseid authority), and that no firewall blocks it";
    if let Some(tcp) = &tcp {
        report.add(leg(Stage::Tcp, &format!("{host} does not accept connections"), next, tcp))?;
    }
    let next = "name the CA certificate in ca_file, or configure the server to send its whole chain";
    match (&tls, url.scheme()) {
        (Some(tls), _) => report.add(leg(Stage::Tls, &format!("{host} is not trusted"), next, tls)),
        (None, "http") if tcp.is_some_and(|tcp| tcp.outcome.is_ok()) => report.add(Step::skipped(
            Stage::Tls,
            "http, which stays on this machine or is allowed by insecure_http",
        )),
        (None, _) => Ok(()),
    }
}

fn leg(stage: Stage, failed: &str, next: &str, leg: &Leg) -> Step {
    match &leg.outcome {
        Ok(found) => Step::passed(stage, found).took(leg.took),
        Err(why) => Step::failed(stage, failed, why, next).took(leg.took),
    }
}

async fn discovery(setup: &Setup, report: &mut Report) -> Result<Option<Metadata>, Failure> {
    let began = Instant::now();
    let issuer = setup.config.issuer.clone();
    let metadata = IssuerMetadata::new(issuer, setup.outbound.clone(), Arc::new(system_clock)).get().await;
    let metadata = match metadata {
        Ok(metadata) => metadata,
        Err(why) => {
            report.add(unusable(setup, &why))?;
            return Ok(None);
        }
    };
    let algorithms = &metadata.dpop_signing_alg_values_supported;
    let proof = Algorithm::ES256.name();
    let step = if !algorithms.is_empty() && !algorithms.iter().any(|own| own == proof) {
        let why = format!("proofs are made with {proof}, and it takes {}", algorithms.join(" "));
        Step::failed(
            Stage::Discovery,
            "the issuer does not accept this client's proofs",
            why,
            "tell the operator of the issuer",
        )
        .rule(Some(Rule::DpopAlg))
    } else if algorithms.is_empty() {
        let says = format!("{}, and nothing is said of DPoP", metadata.token_endpoint);
        Step::warned(Stage::Discovery, says, "ask the operator of the issuer whether it gives DPoP tokens")
    } else {
        Step::passed(Stage::Discovery, format!("tokens at {}", metadata.token_endpoint)).took(began.elapsed())
    };
    report.add(step)?;
    Ok(report.is_well().then_some(metadata))
}

fn unusable(setup: &Setup, why: &FetchError) -> Step {
    let issuer = &setup.config.issuer;
    let next = match why {
        FetchError::Metadata(InvalidMetadata::Issuer { got, .. }) => {
            format!("write issuer as it is in the metadata: {got}")
        }
        FetchError::Http(error) if error.kind() == HttpErrorKind::Tls => error.next().to_owned(),
        FetchError::Http(_) if is_behind_a_proxy(setup) => {
            "check the proxy that the environment names (HTTPS_PROXY, HTTP_PROXY or ALL_PROXY), that it lets this address through, and NO_PROXY"
                .to_owned()
        }
        FetchError::Http(_) => "try again: its server was there a moment ago".to_owned(),
        _ => format!("check issuer: {issuer} is reached, but is not a HelseID"),
    };
    Step::failed(Stage::Discovery, "the issuer's metadata cannot be used", why, next)
}

fn is_behind_a_proxy(setup: &Setup) -> bool {
    let url = Url::parse(setup.config.issuer.as_str()).ok();
    url.is_some_and(|url| setup.outbound.proxy(&url).is_ok_and(|proxy| proxy.is_some()))
}
